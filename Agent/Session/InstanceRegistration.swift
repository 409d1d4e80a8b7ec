/// What a host says of itself when it registers.
///
/// - Source: spec/ecs-runtime.md section 8; API Reference, RegisterContainerInstance.
package struct InstanceRegistration: Sendable, Hashable {
    package struct Attribute: Sendable, Hashable {
        package var name: String
        package var value: String?

        package init(_ name: String, _ value: String? = nil) {
            self.name = name
            self.value = value
        }
    }

    package var cluster: String
    /// 1024 a vCPU.
    package var cpuUnits: Int
    package var memoryMiB: Int
    package var reservedPorts: [Int]
    package var reservedUDPPorts: [Int]
    package var gpuIDs: [String] = []
    package var attributes: [Attribute]
    /// The administrator's own, which count at the first registration only: later they are changed through the API.
    package var customAttributes: [Attribute]
    package var agentVersion: String
    /// `DockerVersion: 25.0.3`.
    package var runtimeVersion: String
    /// Set when the host registers anew.
    package var containerInstanceArn: String?

    package init(
        cluster: String, cpuUnits: Int, memoryMiB: Int, reservedPorts: [Int], reservedUDPPorts: [Int],
        attributes: [Attribute], customAttributes: [Attribute] = [], agentVersion: String, runtimeVersion: String,
        containerInstanceArn: String? = nil
    ) {
        self.cluster = cluster
        self.cpuUnits = cpuUnits
        self.memoryMiB = memoryMiB
        self.reservedPorts = reservedPorts
        self.reservedUDPPorts = reservedUDPPorts
        self.attributes = attributes
        self.customAttributes = customAttributes
        self.agentVersion = agentVersion
        self.runtimeVersion = runtimeVersion
        self.containerInstanceArn = containerInstanceArn
    }
}
