import AWSModels

/// What a simulated host has, as it registers it.
package struct SimulatedHostFacts: Sendable, Hashable {
    package var cluster: String
    package var availabilityZone: String
    package var cpuUnits: Int
    package var memoryMiB: Int
    package var reservedPorts: [Int]
    package var gpuIDs: [String]
    /// Besides the zone, and the capabilities that every agent has.
    package var attributes: [String: String]

    package init(
        cluster: String = "default", availabilityZone: String, cpuUnits: Int, memoryMiB: Int,
        reservedPorts: [Int] = [22, 2375, 2376, 51678], gpuIDs: [String] = [], attributes: [String: String] = [:]
    ) {
        self.cluster = cluster
        self.availabilityZone = availabilityZone
        self.cpuUnits = cpuUnits
        self.memoryMiB = memoryMiB
        self.reservedPorts = reservedPorts
        self.gpuIDs = gpuIDs
        self.attributes = attributes
    }

    /// What an agent on a Linux host with docker says that it can do.
    private static let capabilities =
        [
            "ecs.capability.container-health-check", "ecs.capability.container-ordering",
            "ecs.capability.increased-task-cpu-limit", "com.amazonaws.ecs.capability.privileged-container",
            "com.amazonaws.ecs.capability.logging-driver.json-file", "ecs.capability.container-restart-policy",
            "ecs.capability.network.container-port-range", "ecs.capability.docker-plugin.local",
            "ecs.capability.env-files.s3", "ecs.capability.pid-ipc-namespace-sharing",
            "ecs.capability.task-cpu-mem-limit", "ecs.capability.task-eni",
            "com.amazonaws.ecs.capability.task-iam-role", "com.amazonaws.ecs.capability.task-iam-role-network-host",
            "ecs.capability.private-registry-authentication.secretsmanager",
            "ecs.capability.secrets.asm.environment-variables", "ecs.capability.secrets.ssm.environment-variables",
        ] + (17...44).map { "com.amazonaws.ecs.capability.docker-remote-api.1.\($0)" }

    /// - Parameter instance: the ARN that it had before; nil for a host that is new.
    func registration(_ instance: String?) -> ECS.RegisterContainerInstanceRequest {
        func ports(_ name: String, _ ports: [Int]) -> ECS.Resource {
            ECS.Resource(name: name, stringSetValue: ports.map { String($0) }, type: "STRINGSET")
        }
        var request = ECS.RegisterContainerInstanceRequest()
        request.cluster = cluster
        request.containerInstanceArn = instance
        request.totalResources = [
            ECS.Resource(integerValue: cpuUnits, name: "CPU", type: "INTEGER"),
            ECS.Resource(integerValue: memoryMiB, name: "MEMORY", type: "INTEGER"),
            ports("PORTS", reservedPorts), ports("PORTS_UDP", []),
        ]
        if !gpuIDs.isEmpty { request.platformDevices = gpuIDs.map { ECS.PlatformDevice(id: $0, type: .gpu) } }
        let named = attributes.sorted { $0.key < $1.key }.map { ECS.Attribute(name: $0.key, value: $0.value) }
        request.attributes =
            [ECS.Attribute(name: "ecs.availability-zone", value: availabilityZone)]
            + Self.capabilities.map { ECS.Attribute(name: $0) } + (instance == nil ? named : [])
        return request
    }
}
