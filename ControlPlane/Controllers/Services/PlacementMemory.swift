import ControlPlaneState
import FoundationEssentials
import Placement
import ServiceScheduler

/// Which tasks of a service found no host when they were last to be started: not tried again until one could, or a while
/// has passed. Not kept over a restart, which tries everything anew.
struct PlacementMemory: Sendable {
    private struct Waiting: Sendable {
        var unplaced: Unplaced
        /// See ``StartedTasks/unplaced``.
        var requests: [PlacementRequest]
        /// Whether it depends on the deployment's other tasks which capacity provider, or which zone, is to have the next.
        var isShare: Bool
    }

    private var waiting: [DeploymentID: Waiting] = [:]
    /// Where a DAEMON's task of the PRIMARY deployment found no room, and when.
    private(set) var refusedAt: [ContainerInstanceID: Date] = [:]

    var isEmpty: Bool { waiting.isEmpty && refusedAt.isEmpty }

    func unplaced(_ deployment: DeploymentID) -> Unplaced? { waiting[deployment]?.unplaced }

    /// - Parameter count: how many tasks were to be started.
    mutating func note(
        _ outcome: StartedTasks, of count: Int, of deployment: DeploymentID, on place: ServiceLaunch.Place, now: Date
    ) {
        let before = waiting[deployment]
        let isOfProvider = outcome.unplaced.contains { $0.candidates != nil }
        let isOfZone = if case .zone = place { true } else { false }
        waiting[deployment] = outcome.obstacle.map {
            Waiting(
                unplaced: Unplaced(cause: $0, triedAt: now, count: isOfProvider ? count : nil),
                requests: outcome.unplaced,
                isShare: isOfProvider || isOfZone)
        }
        switch place {
        case .instance(let id):
            refusedAt[id] = outcome.obstacle == nil ? nil : now
            // On other instances there may still be no room.
            if outcome.obstacle == nil, !refusedAt.isEmpty { waiting[deployment] = before }
        // Of several zones that were tried at once each may get room.
        case .zone: if let before, before.unplaced.triedAt == now { waiting[deployment]?.requests += before.requests }
        // What is left of several shares may now fall to another capacity provider.
        case .anywhere: if isOfProvider, !outcome.tasks.isEmpty { waiting[deployment] = nil }
        }
    }

    mutating func forget(_ deployment: DeploymentID) { waiting[deployment] = nil }

    /// Forgets those whose tasks may find a host now.
    ///
    /// - Returns: whether there were any.
    mutating func forgetPlaceable(_ gains: PlacementGains, in cluster: ClusterName, _ tables: borrowing Tables) -> Bool
    {
        refusedAt.isEmpty
            ? forgetPlaceableAnywhere(gains, in: cluster, tables)
            : forgetPlaceableByInstance(gains, in: cluster, tables)
    }

    private mutating func forgetPlaceableAnywhere(
        _ gains: PlacementGains, in cluster: ClusterName, _ tables: borrowing Tables
    ) -> Bool {
        let count = waiting.count
        for (deployment, waiting) in waiting {
            let isPlaceable =
                gains.hasOtherInstances && waiting.unplaced.cause.isOfNoInstances
                || waiting.isShare && gains.deployments.contains(deployment)
                || waiting.requests.contains { request in
                    tables.fits(request, onAnyOf: gains.roomier, in: cluster)
                        || request.asksForTasks && tables.fits(request, onAnyOf: gains.populated, in: cluster)
                        || request.demand.wantsInterface && gains.hasAddresses
                }
            if isPlaceable { self.waiting[deployment] = nil }
        }
        return waiting.count < count
    }

    private mutating func forgetPlaceableByInstance(
        _ gains: PlacementGains, in cluster: ClusterName, _ tables: borrowing Tables
    ) -> Bool {
        let requests = waiting.values.flatMap(\.requests)
        let hasAddresses = gains.hasAddresses && requests.contains(where: \.demand.wantsInterface)
        let candidates = hasAddresses ? Set(refusedAt.keys) : gains.roomier.filter { refusedAt[$0] != nil }
        let placeable = candidates.filter { id in
            hasAddresses || requests.contains { tables.fits($0, onAnyOf: [id], in: cluster) }
        }
        for id in placeable { refusedAt[id] = nil }
        if refusedAt.isEmpty { waiting = [:] }
        return !placeable.isEmpty
    }
}

extension UnplacedCause {
    /// Whether there was nobody to look at: then any instance is news, if only for the reason.
    fileprivate var isOfNoInstances: Bool {
        switch self {
        case .noInstancesInCluster, .noInstancesInCapacityProvider: true
        default: false
        }
    }
}
