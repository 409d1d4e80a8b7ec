import AgentSession
import FoundationEssentials
import Support

/// What of this host is for tasks: its memory, ports and GPUs.
///
/// - Source: the Amazon ECS agent's settings, spec/ecs-runtime.md section 7.
package struct HostShare: Sendable, Hashable {
    package var reservedMemoryMiB: Int
    package var reservedPorts: [Int]
    package var reservedUDPPorts: [Int]
    /// ECS_DYNAMIC_HOST_PORT_RANGE; nil asks the kernel.
    package var dynamicPortRange: ClosedRange<Int>?
    package var isGPUSupportEnabled: Bool
    /// ECS_NVIDIA_RUNTIME; nil for docker's own way.
    package var gpuRuntime: String?

    static let settings: [Setting] = [
        .init(
            variable: "ECS_RESERVED_MEMORY", default: "0", help: "MiB of memory that are not for tasks."),
        .init(
            variable: "ECS_RESERVED_PORTS", default: "[22,2375,2376,51678,51679]",
            help: "TCP ports of the host that are not for tasks."),
        .init(
            variable: "ECS_RESERVED_PORTS_UDP", default: "[]", help: "UDP ports of the host that are not for tasks."),
        .init(
            variable: "ECS_DYNAMIC_HOST_PORT_RANGE", valueName: "A-B",
            help: "Where host ports that a task leaves open come from; by default the kernel's, within 32768-60999."),
        .init(
            variable: "ECS_ENABLE_GPU_SUPPORT", default: "false",
            help: "Whether the GPUs that nvidia-smi finds are for tasks."),
        .init(
            variable: "ECS_NVIDIA_RUNTIME", default: "nvidia",
            help: "The container runtime of containers with GPUs; empty for docker's --gpus instead."),
    ]

    init(_ values: SettingValues) throws(ConfigurationError) {
        reservedMemoryMiB =
            try values.value("ECS_RESERVED_MEMORY", expected: "a number of MiB") {
                Int($0).flatMap { $0 >= 0 ? $0 : nil }
            } ?? 0
        reservedPorts = try values.value("ECS_RESERVED_PORTS", expected: "a JSON list of ports", Self.ports) ?? []
        reservedUDPPorts =
            try values.value("ECS_RESERVED_PORTS_UDP", expected: "a JSON list of ports", Self.ports) ?? []
        if values.text("ECS_DYNAMIC_HOST_PORT_RANGE")?.isEmpty == false {
            dynamicPortRange = try values.value(
                "ECS_DYNAMIC_HOST_PORT_RANGE", expected: "two ports, the lower one first, such as 32768-60999",
                DynamicPortRange.range)
        }
        isGPUSupportEnabled =
            try values.value("ECS_ENABLE_GPU_SUPPORT", expected: "true or false", GoBool.value) ?? false
        gpuRuntime = values.text("ECS_NVIDIA_RUNTIME").flatMap { $0.isEmpty ? nil : $0 }
    }

    private static func ports(_ text: String) -> [Int]? {
        guard let ports = try? JSONDecoder().decode([Int].self, from: Data(text.utf8)) else { return nil }
        return ports.allSatisfy { (1...65535).contains($0) } ? ports : nil
    }
}
