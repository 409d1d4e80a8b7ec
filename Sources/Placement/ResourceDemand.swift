/// What one copy of a task takes from a host.
///
/// Source of the sums: ECS agent's host accounting. The caller computes them from the task definition and overrides.
package struct ResourceDemand: Hashable, Sendable {
    /// Task `cpu`, else the sum of the containers' `cpu`. Zero is never refused.
    package let cpuUnits: Int
    /// Task `memory`, else the sum over containers of `memoryReservation`, else `memory`. Zero is never refused.
    package let memoryMiB: Int
    /// `hostPort`s above 0 (and `containerPort`s in `host` network mode). Not for `awsvpc`.
    package let staticPorts: [HostPort]
    /// How many TCP port mappings leave `hostPort` 0: the index picks the numbers.
    package let dynamicTCPPortCount: Int
    package let dynamicUDPPortCount: Int
    /// `requiresAttributes`, and `runtimePlatform` as `ecs.os-family` and `ecs.cpu-architecture`.
    package let requiredAttributes: [HostAttribute]
    /// Where the host has to be, by attributes of which it must have one (`ecs.subnet-id`); empty is anywhere.
    package let locations: [HostAttribute]

    /// - Precondition: no amount is negative. A negative reservation would give away what others hold.
    package init(
        cpuUnits: Int, memoryMiB: Int, staticPorts: [HostPort] = [],
        dynamicTCPPortCount: Int = 0, dynamicUDPPortCount: Int = 0, requiredAttributes: [HostAttribute] = [],
        locations: [HostAttribute] = []
    ) {
        precondition(cpuUnits >= 0 && memoryMiB >= 0, "a task cannot demand a negative amount of CPU or memory")
        precondition(dynamicTCPPortCount >= 0 && dynamicUDPPortCount >= 0, "a task cannot demand fewer than no ports")
        self.cpuUnits = cpuUnits
        self.memoryMiB = memoryMiB
        self.staticPorts = staticPorts
        self.dynamicTCPPortCount = dynamicTCPPortCount
        self.dynamicUDPPortCount = dynamicUDPPortCount
        self.requiredAttributes = requiredAttributes
        self.locations = locations
    }
}
