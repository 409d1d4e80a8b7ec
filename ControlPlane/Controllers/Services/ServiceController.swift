package import ControlPlaneState
package import FoundationEssentials
package import ServiceScheduler
package import Support
import Synchronization

/// Keeps services' promises: when something changed that a service depends on, or its time has come, it is planned and the
/// plan is carried out.
///
/// ```
/// change feed ──▶ ServiceNews ──▶ which services ──▶ ServiceSnapshot ──▶ ServicePlanner ──▶ ServiceActions
///                                       ▲            └────────── one transaction a service ───────────┘
///                                   WakeTimes ◀──────────────── wakeAt ─────────────────────┘
/// ```
/// A service that nothing happens to costs nothing. What is remembered of it is in its records; what is only here is of
/// the moment, and found out again after a restart, when every service is planned once.
package final class ServiceController: ChangeObserver {
    /// How the control plane keeps services.
    package struct Settings: Sendable {
        package var scheduler: ServiceScheduler.Settings
        /// How long an agent has been silent when its instance is shown as disconnected.
        ///
        /// - Unit: seconds.
        package var agentTimeoutSeconds: Double

        package init(scheduler: ServiceScheduler.Settings = .init(), agentTimeoutSeconds: Double) {
            self.scheduler = scheduler
            self.agentTimeoutSeconds = agentTimeoutSeconds
        }
    }

    /// What only ``settle()`` touches, one at a time.
    private struct Work: Sendable {
        var wakeTimes = WakeTimes()
        var memories: [ServiceID: PlacementMemory] = [:]
        /// Of each cluster, the services with a memory.
        var waiting: [ClusterName: OrderedSet<ServiceID>] = [:]
        var zones: [ClusterName: [String]] = [:]
        var hasStarted = false
    }

    /// A plan is followed by another one or two; more than this is a mistake of the scheduler's.
    private static let roundLimit = 8

    /// How many tasks of a service are started in one transaction, during which no other begins: some milliseconds.
    private static let startsAtOnce = 100

    private let state: ClusterState
    private let starter: any TaskStarter
    private let settings: Settings
    private let now: @Sendable () -> Date
    private let random: RandomSource
    private let log: Logger
    private let news = Mutex(ServiceNews())
    private let work = Mutex(Work())
    private let signal = Signal()

    package init(
        state: ClusterState, starter: any TaskStarter, settings: Settings,
        now: @escaping @Sendable () -> Date = { Date() }, random: RandomSource = .system, log: Logger
    ) {
        self.state = state
        self.starter = starter
        self.settings = settings
        self.now = { Timestamps.toMilliseconds(now()) }
        self.random = random
        self.log = log
    }

    // MARK: What happens

    package func changed(_ changes: [Change], revision: Revision) {
        let isNews = news.withLock { news in
            for change in changes { news.note(change) }
            return !news.isEmpty
        }
        if isNews { signal.raise() }
    }

    /// Whether something happened that ``settle()`` has not seen yet; at first that there are services.
    package var hasNews: Bool { news.withLock { !$0.isEmpty } || work.withLock { !$0.hasStarted } }

    /// When there is something to do although nothing happens; nil for never.
    package var nextWake: Date? { work.withLock { $0.wakeTimes.next } }

    /// Plans what is due, until cancelled.
    package func run(clock: some Clock<Duration> = ContinuousClock()) async {
        while !Task.isCancelled {
            await settle()
            // Not longer than this, in case the clock of the wake times is set.
            let seconds = nextWake.map { min(60, max(0, $0.timeIntervalSince(now())) + 0.001) }
            if let seconds {
                await signal.wait(atMost: .seconds(seconds), on: clock)
            } else {
                await signal.wait()
            }
        }
    }

    // MARK: What follows

    /// Plans every service that is due, and returns when what was done is durable. What that leads to is due next.
    package func settle() async {
        let revision = work.withLock { work -> Revision? in
            let news = news.withLock { news in
                defer { news = ServiceNews() }
                return news
            }
            var last: Revision?
            for service in due(news, &work) {
                forgetPlaceable(of: service, news, &work)
                if let revision = plan(service, &work) { last = revision }
            }
            for cluster in work.waiting.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
                var service: ServiceID?
                while let next = nextPlaceable(in: cluster, after: service, news, &work) {
                    if let revision = plan(next, &work) { last = revision }
                    service = next
                }
            }
            return last
        }
        guard let revision else { return }
        do { try await state.durable(revision) } catch {
            log.error("services cannot be kept", ["error": "\(error)"])
        }
    }

    private func due(_ news: ServiceNews, _ work: inout Work) -> [ServiceID] {
        var due = news.services
        due.formUnion(work.wakeTimes.take(until: now()))
        if !work.hasStarted {
            work.hasStarted = true
            due.formUnion(state.peek { $0.services.unended })
        }
        for id in news.configured { forget(id, &work) }
        if !news.deployments.isEmpty {
            due.formUnion(state.peek { tables in news.deployments.compactMap { tables.service(of: $0) } })
        }
        for id in news.instances { due.formUnion(dependents(of: id, &work)) }
        for id in news.freed {
            // A DAEMON's task leaves after the others.
            let daemons = state.peek { tables -> [ServiceID] in
                guard let instance = tables.containerInstances[id], instance.status == .draining else { return [] }
                return tables.daemons(of: instance.cluster)
            }
            due.formUnion(daemons)
        }
        return due.sorted()
    }

    /// The next service of the cluster, in their order, of which a task found no host and may find one now: asked just
    /// before it is planned, for those before it may have taken the room. It is to be tried again.
    private func nextPlaceable(
        in cluster: ClusterName, after id: ServiceID?, _ news: ServiceNews, _ work: inout Work
    ) -> ServiceID? {
        guard let gains = news.gains(in: cluster), let waiting = work.waiting[cluster] else { return nil }
        return state.peek { tables in
            var found: ServiceID?
            waiting.forEach(after: id) { service in
                if work.memories[service]?.forgetPlaceable(gains, in: cluster, tables) == true { found = service }
                return found == nil
            }
            return found
        }
    }

    private func forgetPlaceable(of id: ServiceID, _ news: ServiceNews, _ work: inout Work) {
        guard work.memories[id] != nil, let gains = news.gains(in: id.cluster) else { return }
        state.peek { _ = work.memories[id]?.forgetPlaceable(gains, in: id.cluster, $0) }
    }

    private func forget(_ id: ServiceID, _ work: inout Work) {
        work.memories[id] = nil
        work.waiting[id.cluster]?.remove(id)
        if work.waiting[id.cluster]?.isEmpty == true { work.waiting[id.cluster] = nil }
    }

    /// Services with a task on the instance, the DAEMONs of its cluster, and where there is a zone more or less, those
    /// that are kept balanced.
    private func dependents(of id: ContainerInstanceID, _ work: inout Work) -> Set<ServiceID> {
        let (found, zones) = state.peek { tables -> (Set<ServiceID>, (ClusterName, [String])?) in
            guard let instance = tables.containerInstances[id] else { return ([], nil) }
            var found = Set(tables.daemons(of: instance.cluster))
            tables.tasks.assigned(to: id).forEach(after: nil) { sequence in
                if let service = tables.tasks[sequence: sequence].flatMap({ tables.service(of: $0) }) {
                    found.insert(service)
                }
                return true
            }
            return (found, (instance.cluster, tables.containerInstances.activeZones(of: instance.cluster)))
        }
        guard let (cluster, names) = zones, work.zones[cluster] != names else { return found }
        let isFirst = work.zones.updateValue(names, forKey: cluster) == nil
        if isFirst && names.count < 2 { return found }
        let balanced = state.peek { $0.balancedServices(of: cluster) }
        // Other zones may be short of tasks now.
        for service in balanced { forget(service, &work) }
        return found.union(balanced)
    }

    /// - Returns: the revision that has what was done.
    private func plan(_ id: ServiceID, _ work: inout Work) -> Revision? {
        let now = now()
        var memory = work.memories[id] ?? PlacementMemory()
        var wakeAt: Date?
        var isSettled = false
        var allowance = Self.startsAtOnce
        do {
            let (_, revision) = try state.transactNow { tx in
                for _ in 0..<Self.roundLimit where allowance > 0 {
                    guard
                        let snapshot = ServiceSnapshot(
                            of: id, in: tx, memory: memory, starter: starter, silence: silence(of:))
                    else {
                        memory = PlacementMemory()
                        wakeAt = nil
                        isSettled = true
                        return
                    }
                    let plan = ServicePlanner.plan(
                        snapshot.service, tasks: snapshot.tasks, instances: snapshot.instances, now: now,
                        settings: settings.scheduler)
                    ServiceActions(snapshot: snapshot, plan: plan, starter: starter, random: random, now: now)
                        .carryOut(in: &tx, &memory, allowance: &allowance)
                    wakeAt = plan.wakeAt
                    isSettled = plan.actions.isEmpty
                    if isSettled { return }
                }
            }
            forget(id, &work)
            if !memory.isEmpty {
                work.memories[id] = memory
                work.waiting[id.cluster, default: OrderedSet()].insert(id)
            }
            if allowance == 0 {
                wakeAt = now
            } else if !isSettled {
                log.error("a service is never done", ["service": id.description])
                wakeAt = now.addingTimeInterval(1)
            }
            work.wakeTimes.set(wakeAt, for: id)
            return revision
        } catch {
            log.error("a service cannot be kept", ["service": id.description, "error": "\(error)"])
            return nil
        }
    }

    /// What would be done for the service as it stands in these tables, if all went well; nil for one that is not there or
    /// INACTIVE.
    package func rollout(of id: ServiceID, in tables: borrowing Tables) -> Rollout? {
        // That a task found no host before does not count: what is asked about may change it.
        guard
            let snapshot = ServiceSnapshot(
                of: id, in: tables, memory: PlacementMemory(), starter: starter, silence: silence(of:))
        else { return nil }
        return ServicePlanner.rollout(
            snapshot.service, tasks: snapshot.tasks, instances: snapshot.instances, now: now(),
            settings: settings.scheduler)
    }

    /// Since when the instance's agent has not been heard of; nil if it is there.
    private func silence(of instance: ContainerInstanceRecord) -> Date? {
        guard !instance.agentConnected else { return nil }
        // The records of earlier versions do not say: there it was lost for the time-out, and nothing else.
        return instance.lastHeardAt ?? instance.connectivityAt.addingTimeInterval(-settings.agentTimeoutSeconds)
    }
}

extension Tables {
    /// The cluster's ACTIVE DAEMON services.
    fileprivate borrowing func daemons(of cluster: ClusterName) -> [ServiceID] {
        services.list(.schedulingStrategy(.daemon), in: cluster).map(in: cluster)
    }

    /// The cluster's ACTIVE services that are kept balanced over its zones.
    fileprivate borrowing func balancedServices(of cluster: ClusterName) -> [ServiceID] {
        services.list(.schedulingStrategy(.replica), in: cluster).map(in: cluster)
            .filter { services[$0]?.configuration.rebalancesAvailabilityZones == true }
    }
}

extension OrderedSet<String> {
    fileprivate func map(in cluster: ClusterName) -> [ServiceID] {
        var ids: [ServiceID] = []
        forEach(after: nil) { name in
            ids.append(ServiceID(cluster: cluster, name: name))
            return true
        }
        return ids
    }
}
