package import ControlPlaneState
package import FoundationEssentials
package import Support
import Synchronization

/// Says which hosts are there: one that was not heard of for a while is shown with `agentConnected` false, and gets no
/// new tasks, until it is heard of again.
///
/// - Source: ECS runtime rules, section 8, `agentConnected`.
package final class AgentLiveness: Sendable {
    /// How long agents may take to find the way back to a control plane that was away: the longest pause between two
    /// attempts of theirs, and something for the attempt. Else a short time-out, after an hour's absence, would have every
    /// host lost and every service's tasks replaced.
    private static let longestReturn: Duration = .seconds(40)

    private let state: ClusterState
    private let timeout: Duration
    private let startedAt: ContinuousClock.Instant
    private let now: @Sendable () -> Date
    private let instant: @Sendable () -> ContinuousClock.Instant
    private let log: Logger
    /// Of those that were shown as connected when they were last looked at.
    private let heardAt = Mutex<[ContainerInstanceID: ContinuousClock.Instant]>([:])

    package init(
        state: ClusterState, timeout: Duration, now: @escaping @Sendable () -> Date = { Date() },
        instant: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock().now }, log: Logger
    ) {
        self.state = state
        self.timeout = timeout
        self.now = { Timestamps.toMilliseconds(now()) }
        self.instant = instant
        self.log = log
        startedAt = instant()
    }

    /// Notes that the agent of this instance is there.
    package func heard(_ id: ContainerInstanceID) async {
        let instant = instant()
        let isKnown = heardAt.withLock { $0.updateValue(instant, forKey: id) != nil }
        guard !isKnown, state.peek({ $0.containerInstances[id]?.agentConnected == false }) else { return }
        await set(connected: true, [id])
    }

    /// Looks for agents that are overdue, until cancelled.
    package func run(clock: some Clock<Duration> = ContinuousClock()) async {
        while !Task.isCancelled {
            await check()
            do { try await clock.sleep(for: timeout / 10) } catch { return }
        }
    }

    package func check() async {
        let now = instant()
        let connected = state.peek { $0.containerInstances.connectedIDs }
        let overdue = heardAt.withLock { heardAt in
            // Only who is connected can be lost: the others are forgotten here. One that just registered gets the whole
            // time-out from now, and one that is known from before a restart the time to come back as well.
            let unheard = max(now, startedAt + Self.longestReturn - timeout)
            var kept: [ContainerInstanceID: ContinuousClock.Instant] = [:]
            for id in connected { kept[id] = heardAt[id] ?? unheard }
            let overdue = connected.filter { Self.isOverdue(heardAt: kept[$0] ?? unheard, now: now, timeout: timeout) }
            for id in overdue { kept[id] = nil }
            heardAt = kept
            return overdue
        }
        guard !overdue.isEmpty else { return }
        await set(connected: false, overdue)
        // Who was heard of in between is looked at anew when it is heard of next.
        heardAt.withLock { heardAt in for id in overdue { heardAt[id] = nil } }
    }

    static func isOverdue(
        heardAt: ContinuousClock.Instant, now: ContinuousClock.Instant, timeout: Duration
    ) -> Bool {
        now - heardAt >= timeout
    }

    private func set(connected: Bool, _ ids: [ContainerInstanceID]) async {
        let date = now()
        do {
            try await state.transact { tx in
                for id in ids {
                    guard var instance = tx.containerInstances[id], instance.status != .inactive,
                        instance.agentConnected != connected
                    else { continue }
                    instance.agentConnected = connected
                    instance.connectivityAt = date
                    instance.version += 1
                    tx.put(instance)
                }
            }
        } catch {
            log.error("agent connectivity cannot be noted", ["error": "\(error)"])
            return
        }
        for id in ids {
            log.info(connected ? "agent connected" : "agent lost", ["containerInstance": id.rawValue])
        }
    }
}
