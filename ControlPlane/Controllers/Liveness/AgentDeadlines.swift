import ControlPlaneState

/// By when each agent has to be heard of, so as not to count as lost. Pure: time comes from outside.
///
/// That an agent was heard of changes a number and no order: its place among the deadlines is put right when the old one
/// has come. So a sign of life costs the same for any number of hosts, and a look at the deadlines what is overdue.
struct AgentDeadlines: Sendable {
    /// How long agents may be silent.
    struct Limits: Sendable, Hashable {
        var silence: Duration
        /// After the end of a stream; what is longer than the silence has no effect.
        var reset: Duration
    }

    struct Overdue: Sendable, Hashable {
        let id: ContainerInstanceID
        let heardAt: ContinuousClock.Instant
    }

    private struct Agent: Sendable {
        var heardAt: ContinuousClock.Instant
        var dueAt: Duration
        /// Under which it is in the order: never after `dueAt`.
        var place: Duration
    }

    private struct Place: Comparable, Sendable {
        let time: Duration
        let id: ContainerInstanceID

        static func < (left: Self, right: Self) -> Bool {
            left.time == right.time ? left.id.rawValue < right.id.rawValue : left.time < right.time
        }
    }

    let limits: Limits
    private var agents: [ContainerInstanceID: Agent] = [:]
    private var order = OrderedSet<Place>()

    init(_ limits: Limits) { self.limits = limits }

    /// When to look next; nil if nobody is waited for. An agent may turn out to have been heard of since.
    var next: Duration? { order.first?.time }

    func contains(_ id: ContainerInstanceID) -> Bool { agents[id] != nil }

    /// Waits for this agent from now on. Does nothing if it is waited for already.
    ///
    /// - Parameters:
    ///   - time: now, on the clock of the deadlines.
    ///   - heardAt: when it was last heard of.
    ///   - earliest: before this it is not overdue unless it is heard of first.
    mutating func add(
        _ id: ContainerInstanceID, at time: Duration, heardAt: ContinuousClock.Instant,
        notBefore earliest: Duration = .zero
    ) {
        guard agents[id] == nil else { return }
        let dueAt = max(time + limits.silence, earliest)
        agents[id] = Agent(heardAt: heardAt, dueAt: dueAt, place: dueAt)
        order.insert(Place(time: dueAt, id: id))
    }

    mutating func remove(_ id: ContainerInstanceID) {
        guard let agent = agents.removeValue(forKey: id) else { return }
        order.remove(Place(time: agent.place, id: id))
    }

    /// - Returns: whether this agent is waited for.
    mutating func heard(_ id: ContainerInstanceID, at time: Duration, _ instant: ContinuousClock.Instant) -> Bool {
        guard var agent = agents[id] else { return false }
        agent.heardAt = instant
        agent.dueAt = time + limits.silence
        agents[id] = agent
        return true
    }

    /// Its stream ended, and no newer one had taken over.
    ///
    /// - Returns: whether its deadline is sooner for it.
    mutating func streamEnded(_ id: ContainerInstanceID, at time: Duration) -> Bool {
        guard var agent = agents[id], time + limits.reset < agent.dueAt else { return false }
        agent.dueAt = time + limits.reset
        move(&agent, id, to: agent.dueAt)
        agents[id] = agent
        return true
    }

    /// Nobody is overdue before `earliest`, if it is not heard of first. Costs as many steps as there are agents.
    mutating func postpone(to earliest: Duration) {
        for (id, agent) in agents where agent.dueAt < earliest { agents[id]?.dueAt = earliest }
    }

    /// Those whose deadline has passed, the first first. They are not waited for any more.
    mutating func takeOverdue(at time: Duration) -> [Overdue] {
        var overdue: [Overdue] = []
        while let first = order.first, first.time <= time {
            order.remove(first)
            guard var agent = agents[first.id] else { continue }
            if agent.dueAt <= time {
                agents[first.id] = nil
                overdue.append(Overdue(id: first.id, heardAt: agent.heardAt))
            } else {
                agent.place = agent.dueAt
                order.insert(Place(time: agent.place, id: first.id))
                agents[first.id] = agent
            }
        }
        return overdue
    }

    private mutating func move(_ agent: inout Agent, _ id: ContainerInstanceID, to time: Duration) {
        order.remove(Place(time: agent.place, id: id))
        agent.place = time
        order.insert(Place(time: time, id: id))
    }
}
