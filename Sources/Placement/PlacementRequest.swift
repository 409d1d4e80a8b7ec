/// What to place, where it may go, and how to choose.
package struct PlacementRequest: Hashable, Sendable {
    package var demand: ResourceDemand
    /// The group that the tasks will belong to, and whose tasks `spread` and `distinctInstance` count.
    package var group: String
    /// Those of the task definition and of the request together.
    package var constraints: [PlacementConstraint]
    /// In order. Empty means `random`.
    package var strategies: [PlacementStrategy]
    /// Only hosts with this attribute are candidates; all others are not looked at, and not in the explanation either.
    /// How a capacity provider's hosts are told from others.
    package var candidates: HostAttribute?
    /// How many hosts to name, nearest first, if a copy cannot be placed. Zero for the counts alone.
    package var explainLimit: Int

    package init(
        demand: ResourceDemand, group: String, constraints: [PlacementConstraint] = [],
        strategies: [PlacementStrategy] = .runTaskDefault, candidates: HostAttribute? = nil, explainLimit: Int = 100
    ) {
        self.demand = demand
        self.group = group
        self.constraints = constraints
        self.strategies = strategies
        self.candidates = candidates
        self.explainLimit = explainLimit
    }

    /// Whether a task that comes to a host, or begins to run there, may let this request in.
    package var asksForTasks: Bool {
        constraints.contains { if case .memberOf(let expression) = $0 { expression.query.asksForTasks } else { false } }
    }
}

/// The answer to a request for several copies.
///
/// Copies are alike and placing one only takes from the hosts, so once a copy finds no host, no later one would:
/// the first `placements.count` tasks of the request are placed, in its order, and the others are not.
package struct PlacementResult: Sendable {
    /// Already reserved in the index.
    package var placements: [Placement]
    /// Why the other copies have no host; nil if every copy has one.
    package var explanation: PlacementExplanation?
}

/// The answer to a request for one task on one named host.
package enum ReserveOutcome: Sendable {
    /// Reserved in the index.
    case reserved(Placement)
    /// The host is unknown, not ACTIVE, or the task does not fit. Nothing has changed.
    case refused(HostRefusal)
}

/// The answer to an agent that had to use another dynamic port than the one it was given.
package enum PortReassignment: Hashable, Sendable {
    /// The index now accounts for the new port, and the old one is free.
    case reassigned
    /// The task has no reservation, or holds no such dynamic port. Late and repeated reports end here.
    case notHeld
    /// Someone else has the new port: a task, or the host itself (nil). Nothing has changed.
    case inUse(by: TaskID?)
}
