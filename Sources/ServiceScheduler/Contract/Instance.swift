package import FoundationEssentials

/// A container instance: one that has a task of the service; and for a DAEMON service every one of the cluster that has
/// or could have one.
package struct Instance: Sendable {
    package enum Status: Sendable {
        case active
        case draining
    }

    /// Its ID, the last part of its ARN. Only what failed on a DAEMON's instance is remembered by it.
    package let id: String
    package var status: Status
    /// When its agent was last heard of, if `agentConnected` is false; nil while it is true. `Date.distantPast` says
    /// that it is known to be gone: then its tasks are replaced at once. An agent counts as connected again only once
    /// what it reports of its tasks is in the state, else tasks that died meanwhile look alive.
    package var lastHeardAt: Date?
    /// Its place in ``Service/balancedZones``; nil if it is in none of them.
    package var zone: Int?
    /// A small number for each value of the attribute that ``TerminationRule/usesSpreadGroups`` speaks of, counted from
    /// 0 without gaps; instances without the attribute share one, too. By the default rule, of the zone.
    package var spreadGroup: Int
    /// Of the resource that is packed, in its own unit, with ``TerminationRule/InstanceOrder/mostFree``.
    package var freeResource: Int
    /// For a DAEMON service: whether attributes, constraints and launch type let it have a task. Status and agent do
    /// not matter here, the scheduler looks itself.
    package var canRunDaemon: Bool
    /// For a DAEMON service: whether tasks of other services are still to leave it while it drains. A daemon's task is
    /// the last to go.
    package var hasTasksToDrain: Bool
    /// For a DAEMON service: when a task of the PRIMARY deployment could last not be placed on it. To be dropped as
    /// ``Deployment/unplaced`` is, which says why.
    package var daemonRefusedAt: Date?

    package init(
        id: String, status: Status = .active, lastHeardAt: Date? = nil, zone: Int? = nil, spreadGroup: Int = 0,
        freeResource: Int = 0, canRunDaemon: Bool = true, hasTasksToDrain: Bool = false,
        daemonRefusedAt: Date? = nil
    ) {
        self.id = id
        self.status = status
        self.lastHeardAt = lastHeardAt
        self.zone = zone
        self.spreadGroup = spreadGroup
        self.freeResource = freeResource
        self.canRunDaemon = canRunDaemon
        self.hasTasksToDrain = hasTasksToDrain
        self.daemonRefusedAt = daemonRefusedAt
    }
}
