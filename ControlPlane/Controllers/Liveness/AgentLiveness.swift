package import ControlPlaneState
package import FoundationEssentials
package import Support
import Synchronization

/// Says which hosts are there: one that was not heard of for a while is shown with `agentConnected` false, and gets no
/// new tasks, until it is heard of again.
///
/// A host is lost when nothing came from it for the time-out, or when its stream ended and nothing came for the (shorter)
/// time-out after that: a process that dies closes its connections, and one that lives opens a new one. Lost is what the
/// control plane heard nothing of although it listened: see ``Attention``.
///
/// - Source: ECS runtime rules, section 8, `agentConnected`.
package final class AgentLiveness: ChangeObserver {
    /// How long agents may take to find the way back to a control plane that was away: the longest pause between two
    /// attempts of theirs, and something for the attempt. Else a short time-out, after an hour's absence, would have every
    /// host lost and every service's tasks replaced.
    private static let longestReturn: Duration = .seconds(40)
    /// Between two looks at the deadlines at least.
    private static let shortestPause: Duration = .milliseconds(10)

    private struct Watch {
        var deadlines: AgentDeadlines
        var attention = Attention()
    }

    private let state: ClusterState
    /// Between two looks at most: how much of a silence that was its own the control plane can take for the agents'.
    private let longestPause: Duration
    private let startedAt: ContinuousClock.Instant
    private let now: @Sendable () -> Date
    private let instant: @Sendable () -> ContinuousClock.Instant
    private let log: Logger
    /// Of those that are shown as connected.
    private let watch: Mutex<Watch>
    private let soonerDeadline = Signal()

    /// - Parameters:
    ///   - timeout: how long an agent may be silent.
    ///   - resetTimeout: how long it may be silent after its stream ended; nil for no other time than `timeout`.
    package init(
        state: ClusterState, timeout: Duration, resetTimeout: Duration? = nil,
        now: @escaping @Sendable () -> Date = { Date() },
        instant: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock().now }, log: Logger
    ) {
        self.state = state
        self.now = { Timestamps.toMilliseconds(now()) }
        self.instant = instant
        self.log = log
        longestPause = timeout / 10
        startedAt = instant()
        watch = Mutex(Watch(deadlines: AgentDeadlines(.init(silence: timeout, reset: resetTimeout ?? timeout))))
        state.add(observer: self)
        let connected = state.peek { $0.containerInstances.connectedIDs }
        watch.withLock { watch in
            // When they were heard of before is not known any more; it is no later than this.
            for id in connected {
                watch.deadlines.add(id, at: .zero, heardAt: startedAt, notBefore: Self.longestReturn)
            }
        }
    }

    package func changed(_ changes: [Change], revision: Revision) {
        for case .containerInstance(let old, let new) in changes {
            let (before, after) = (old.map(Self.isConnected) ?? false, new.map(Self.isConnected) ?? false)
            guard before != after, let id = (new ?? old)?.id else { continue }
            let instant = instant()
            watch.withLock { watch in
                guard after else { return watch.deadlines.remove(id) }
                watch.deadlines.add(id, at: watch.attention.time(since: startedAt, instant), heardAt: instant)
            }
        }
    }

    private static func isConnected(_ instance: ContainerInstanceRecord) -> Bool {
        instance.agentConnected && instance.status != .inactive
    }

    // MARK: What is heard

    /// The agent of this instance is there, and what became of its tasks is in the state.
    package func heard(_ id: ContainerInstanceID) async {
        guard !isSeen(id), let isConnected = state.peek({ $0.containerInstances[id].map(Self.isConnected) }) else {
            return
        }
        guard isConnected else { return await set(connected: true, [id]) }
        // It is on its way to being watched, or to being lost: neither is true any more.
        let instant = instant()
        watch.withLock { watch in
            watch.deadlines.add(id, at: watch.attention.time(since: startedAt, instant), heardAt: instant)
        }
    }

    /// There is a sign of life. It keeps an instance connected that is; one that was lost stays so until it is
    /// ``heard(_:)``, since what its tasks became while it was away is not known before: services would take dead tasks
    /// for living ones.
    package func seen(_ id: ContainerInstanceID) { _ = isSeen(id) }

    private func isSeen(_ id: ContainerInstanceID) -> Bool {
        let instant = instant()
        return watch.withLock { watch in
            watch.deadlines.heard(id, at: watch.attention.time(since: startedAt, instant), instant)
        }
    }

    /// The stream of this instance ended, and no newer one had taken over.
    package func streamEnded(_ id: ContainerInstanceID) {
        let instant = instant()
        let isSooner = watch.withLock { watch in
            watch.deadlines.streamEnded(id, at: watch.attention.time(since: startedAt, instant))
        }
        if isSooner { soonerDeadline.raise() }
    }

    // MARK: What is not

    /// Looks for agents that are overdue, until cancelled.
    package func run(clock: some Clock<Duration> = ContinuousClock()) async {
        while !Task.isCancelled {
            let begun = instant()
            await check()
            let pause = pause()
            await soonerDeadline.wait(atMost: pause, on: clock)
            note(planned: pause, lasted: instant() - begun)
        }
    }

    private func pause() -> Duration {
        let instant = instant()
        return watch.withLock { watch in
            let time = watch.attention.time(since: startedAt, instant)
            return min(max((watch.deadlines.next ?? time + longestPause) - time, Self.shortestPause), longestPause)
        }
    }

    private func note(planned: Duration, lasted: Duration) {
        let instant = instant()
        let wasAway = watch.withLock { watch in
            guard watch.attention.round(planned: planned, lasted: lasted) else { return false }
            let time = watch.attention.time(since: startedAt, instant)
            watch.deadlines.postpone(to: time + Self.longestReturn)
            return true
        }
        if wasAway {
            log.warning(
                "the control plane stood still; agents have the time to come back",
                ["seconds": "\((lasted - planned).components.seconds)"])
        }
    }

    package func check() async {
        let instant = instant()
        let overdue = watch.withLock { watch in
            watch.deadlines.takeOverdue(at: watch.attention.time(since: startedAt, instant))
        }
        guard !overdue.isEmpty else { return }
        let date = now()
        let heardAt = overdue.map { ($0.id, date.addingTimeInterval(-(instant - $0.heardAt).inSeconds)) }
        await set(connected: false, overdue.map(\.id), heardAt: Dictionary(uniqueKeysWithValues: heardAt))
    }

    /// - Parameter heardAt: when those that are lost were last heard of.
    private func set(
        connected: Bool, _ ids: [ContainerInstanceID], heardAt: [ContainerInstanceID: Date] = [:]
    ) async {
        let date = now()
        let changed: [ContainerInstanceID]
        do {
            changed = try await state.transact { tx in
                var changed: [ContainerInstanceID] = []
                for id in ids {
                    guard var instance = tx.containerInstances[id], instance.status != .inactive,
                        instance.agentConnected != connected,
                        // Heard of since it was found to be overdue.
                        connected || !watch.withLock({ $0.deadlines.contains(id) })
                    else { continue }
                    instance.agentConnected = connected
                    instance.connectivityAt = date
                    instance.lastHeardAt = heardAt[id].map(Timestamps.toMilliseconds)
                    instance.version += 1
                    tx.put(instance)
                    changed.append(id)
                }
                return changed
            }
        } catch {
            log.error("agent connectivity cannot be noted", ["error": "\(error)"])
            return
        }
        for id in changed {
            log.info(connected ? "agent connected" : "agent lost", ["containerInstance": id.rawValue])
        }
    }
}
