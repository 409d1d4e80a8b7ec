import AWSModels
import ControlPlaneState
import Placement

/// The host ports that the port mappings of a task ask for.
struct PortDemand {
    private(set) var fixed: [HostPort] = []
    private(set) var dynamicCounts: [PortProtocol: Int] = [:]
    private(set) var ranges: [PortRangeDemand] = []

    init(_ mappings: [ECS.PortMapping]) {
        for mapping in mappings {
            if let range = mapping.containerRange {
                ranges.append(PortRangeDemand(mapping.kind, count: range.count))
            } else if let port = mapping.hostPort, port > 0 {
                if let number = UInt16(exactly: port) { fixed.append(HostPort(mapping.kind, number)) }
            } else {
                dynamicCounts[mapping.kind, default: 0] += 1
            }
        }
    }
}

/// Hands what placement picked for a task to the containers that asked for it, in order.
struct PlacedResources {
    private var ports: [PortProtocol: ArraySlice<HostPort>] = [:]
    private var ranges: [PortProtocol: ArraySlice<HostPortRange>] = [:]
    private var gpuIDs: ArraySlice<String>

    init(_ reservation: Reservation) {
        for kind in PortProtocol.allCases {
            ports[kind] = reservation.dynamicPorts.filter { $0.protocol == kind }[...]
            ranges[kind] = reservation.portRanges.filter { $0.protocol == kind }[...]
        }
        gpuIDs = reservation.gpuIDs[...]
    }

    /// Nil only for a mapping that registration would have refused, or of a task that takes no port of its host.
    mutating func assign(_ mapping: ECS.PortMapping) -> PortAssignment? {
        let kind = mapping.kind
        if let range = mapping.containerRange {
            guard let numbers = ranges[kind]?.popFirst()?.numbers else { return nil }
            return PortAssignment(
                containerPort: range.lowerBound, hostPort: HostPort(kind, numbers.lowerBound), isDynamic: true,
                portCount: range.count)
        }
        guard let containerPort = mapping.containerPort else { return nil }
        if let number = mapping.hostPort, number > 0 {
            guard let port = UInt16(exactly: number) else { return nil }
            return PortAssignment(containerPort: containerPort, hostPort: HostPort(kind, port), isDynamic: false)
        }
        guard let port = ports[kind]?.popFirst() else { return nil }
        return PortAssignment(containerPort: containerPort, hostPort: port, isDynamic: true)
    }

    mutating func takeGPUs(_ count: Int) -> [String] {
        defer { gpuIDs = gpuIDs.dropFirst(count) }
        return Array(gpuIDs.prefix(count))
    }
}

extension ECS.PortMapping {
    fileprivate var kind: PortProtocol { PortProtocol(rawValue: `protocol`?.rawValue ?? "tcp") ?? .tcp }

    fileprivate var containerRange: ClosedRange<Int>? { containerPortRange.flatMap(TaskDefinitionRule.portRange) }
}

extension ECS.ContainerDefinition {
    /// How many GPUs of its host it gets to itself.
    ///
    /// - Source: API Reference, ResourceRequirement.
    var gpuCount: Int {
        (resourceRequirements ?? []).reduce(0) { count, requirement in
            requirement.type == .gpu ? count + (requirement.value.flatMap(RuleText.number) ?? 0) : count
        }
    }
}
