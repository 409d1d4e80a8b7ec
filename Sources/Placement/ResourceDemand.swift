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
    /// `containerPortRange`s in network mode bridge: for each as many host ports in a row. In the order of the mappings.
    package let portRanges: [PortRangeDemand]
    /// The sum of the containers' `resourceRequirements` of type GPU.
    package let gpuCount: Int
    /// `requiresAttributes`, and `runtimePlatform` as `ecs.os-family` and `ecs.cpu-architecture`.
    package let requiredAttributes: [HostAttribute]
    /// Whether the task has a network interface of its own (network mode `awsvpc`), of which a host can give so many.
    package let wantsInterface: Bool
    /// Where the host has to be, by attributes of which it must have one (`ecs.subnet-id`); empty is anywhere.
    package let locations: [HostAttribute]

    /// - Precondition: no amount is negative. A negative reservation would give away what others hold.
    package init(
        cpuUnits: Int, memoryMiB: Int, staticPorts: [HostPort] = [],
        dynamicTCPPortCount: Int = 0, dynamicUDPPortCount: Int = 0, portRanges: [PortRangeDemand] = [],
        gpuCount: Int = 0, requiredAttributes: [HostAttribute] = [], wantsInterface: Bool = false,
        locations: [HostAttribute] = []
    ) {
        precondition(cpuUnits >= 0 && memoryMiB >= 0, "a task cannot demand a negative amount of CPU or memory")
        precondition(dynamicTCPPortCount >= 0 && dynamicUDPPortCount >= 0, "a task cannot demand fewer than no ports")
        precondition(gpuCount >= 0, "a task cannot demand fewer than no GPUs")
        self.cpuUnits = cpuUnits
        self.memoryMiB = memoryMiB
        self.staticPorts = staticPorts
        self.dynamicTCPPortCount = dynamicTCPPortCount
        self.dynamicUDPPortCount = dynamicUDPPortCount
        self.portRanges = portRanges
        self.gpuCount = gpuCount
        self.requiredAttributes = requiredAttributes
        self.wantsInterface = wantsInterface
        self.locations = locations
    }
}

/// Host ports in a row, wherever they are free.
package struct PortRangeDemand: Hashable, Sendable {
    package let `protocol`: PortProtocol
    /// How many ports.
    package let count: Int

    package init(_ protocol: PortProtocol, count: Int) {
        precondition((1...65_535).contains(count), "a range of ports has 1 to 65535")
        self.protocol = `protocol`
        self.count = count
    }
}
