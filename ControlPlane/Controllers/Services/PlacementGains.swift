import ControlPlaneState

/// What changed in a cluster so that a task that found no host before may find one now.
struct PlacementGains: Sendable {
    /// Instances that a task has left, or is to leave, and instances that came or are not what they were. No other may
    /// have room that it had not.
    var roomier: Set<ContainerInstanceID> = []
    /// Where a task came, or began to run, which a constraint may ask for.
    var populated: Set<ContainerInstanceID> = []
    /// Whether instances came, went, or are not what they were.
    var hasOtherInstances = false
    /// That have one task less which is to run.
    var deployments: Set<DeploymentID> = []
    /// Whether a subnet has addresses again that a host had for itself.
    var hasAddresses = false
}
