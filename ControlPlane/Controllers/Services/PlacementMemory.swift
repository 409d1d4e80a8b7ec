import ControlPlaneState
import FoundationEssentials
import ServiceScheduler

/// Which tasks of a service found no host when they were last to be started: not tried again until something changed that
/// could let them, or a while has passed. Not kept over a restart, which tries everything anew.
struct PlacementMemory: Sendable {
    var unplaced: [DeploymentID: Unplaced] = [:]
    /// Where a DAEMON's task of the PRIMARY deployment found no room, and when.
    var refusedAt: [ContainerInstanceID: Date] = [:]

    var isEmpty: Bool { unplaced.isEmpty && refusedAt.isEmpty }

    mutating func note(_ outcome: StartedTasks, of deployment: DeploymentID, on place: ServiceLaunch.Place, now: Date) {
        unplaced[deployment] = outcome.obstacle.map { Unplaced(cause: $0, triedAt: now) }
        if case .instance(let id) = place { refusedAt[id] = outcome.obstacle == nil ? nil : now }
    }
}
