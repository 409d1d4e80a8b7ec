/// Why a host cannot take a task, in ECS's words (`failures[].reason` of RunTask and StartTask).
package enum RefusalReason: String, Hashable, Sendable, CaseIterable {
    case missing = "MISSING"
    case inactive = "INACTIVE"
    case agent = "AGENT"
    case attribute = "ATTRIBUTE"
    case cpu = "RESOURCE:CPU"
    case memory = "RESOURCE:MEMORY"
    case ports = "RESOURCE:PORTS"
    case portsUDP = "RESOURCE:PORTS_UDP"
    case eni = "RESOURCE:ENI"
    case gpu = "RESOURCE:GPU"
    case location = "LOCATION"
    case memberOf = "MemberOf placement constraint unsatisfied."
    case distinctInstance = "DistinctInstance placement constraint unsatisfied."
}

/// A resource that a host has too little of, in the resource's own unit.
package struct Shortage: Hashable, Sendable {
    package let requested: Int
    package let used: Int
    package let capacity: Int

    /// Never negative, even where a host shrank below what its tasks hold.
    package var free: Int { max(0, capacity - used) }
}

/// One thing that is wrong between a task and a host. Prints as a clause for `failures[].detail`.
package enum RefusalCause: Hashable, Sendable, CustomStringConvertible {
    package enum PortHolder: Hashable, Sendable {
        case host
        case task(TaskID)
        /// The demand itself names the port twice.
        case sameTask
    }

    case missing
    case inactive(HostStatus)
    case agentDisconnected
    /// `actual` is the host's attribute of that name, if it has one.
    case attribute(required: HostAttribute, actual: HostAttribute?)
    case cpu(Shortage)
    case memory(Shortage)
    case staticPort(HostPort, holder: PortHolder)
    /// ECS allows a container instance 100 reserved and static ports together.
    case staticPortLimit(PortProtocol, Shortage)
    case dynamicPorts(PortProtocol, Shortage, range: ClosedRange<UInt16>)
    /// Its ports may be free, but not in a row.
    case portRange(PortRangeDemand, range: ClosedRange<UInt16>)
    case gpu(Shortage)
    /// Network interfaces; the host's own limit, or the addresses that its subnet has for it.
    case interfaces(Shortage)
    /// It has none of these attributes.
    case location([HostAttribute])
    /// The expression does not select it.
    case memberOf(ClusterExpression)
    case distinctInstance(group: String, taskCount: Int)

    package var reason: RefusalReason {
        switch self {
        case .missing: .missing
        case .inactive: .inactive
        case .agentDisconnected: .agent
        case .attribute: .attribute
        case .cpu: .cpu
        case .memory: .memory
        case .staticPort(let port, _): port.protocol == .tcp ? .ports : .portsUDP
        case .staticPortLimit(let `protocol`, _), .dynamicPorts(let `protocol`, _, _):
            `protocol` == .tcp ? .ports : .portsUDP
        case .portRange(let demand, _): demand.protocol == .tcp ? .ports : .portsUDP
        case .gpu: .gpu
        case .interfaces: .eni
        case .location: .location
        case .memberOf: .memberOf
        case .distinctInstance: .distinctInstance
        }
    }

    package var description: String {
        switch self {
        case .missing: "is not a container instance of this cluster"
        case .inactive(let status): "is \(status.rawValue) and takes no new tasks"
        case .agentDisconnected: "its agent is not connected"
        case .attribute(let required, nil): "needs attribute \(required), which it lacks"
        case .attribute(let required, let actual?): "needs attribute \(required); it has \(actual)"
        case .cpu(let cpu): "needs \(cpu.requested) CPU units; \(cpu.free) of \(cpu.capacity) are free"
        case .memory(let memory):
            "needs \(memory.requested) MiB of memory; \(memory.free) of \(memory.capacity) MiB are free"
        case .staticPort(let port, .host): "needs \(port), which the host reserves"
        case .staticPort(let port, .task(let task)): "needs \(port), which task \(task) holds"
        case .staticPort(let port, .sameTask): "needs \(port) twice"
        case .staticPortLimit(_, let ports):
            "needs \(ports.requested) static ports; \(ports.used) of the \(ports.capacity) that a host may have are in use"
        case .dynamicPorts(let `protocol`, let ports, let range):
            "needs \(ports.requested) dynamic \(`protocol`.rawValue) ports; \(ports.free) of \(ports.capacity) "
                + "from \(range.lowerBound) to \(range.upperBound) are free"
        case .portRange(let demand, let range):
            "needs \(demand.count) \(demand.protocol.rawValue) ports in a row; "
                + "from \(range.lowerBound) to \(range.upperBound) there is no such gap"
        case .gpu(let gpus): "needs \(gpus.requested) GPUs; \(gpus.free) of \(gpus.capacity) are free"
        case .interfaces(let interfaces):
            "needs a network interface; \(interfaces.used) of the \(interfaces.capacity) that it has addresses for are in use"
        case .memberOf(let expression): "is not selected by \"\(expression.text)\""
        case .distinctInstance(let group, let count):
            "needs an instance without tasks of \(group); it has \(count)"
        case .location(let locations):
            "needs one of \(locations.map(\.description).joined(separator: ", ")), and it is elsewhere"
        }
    }
}

/// Why one host cannot take the task.
package struct HostRefusal: Hashable, Sendable {
    package let host: HostID
    /// In the order of ECS's filters and never empty. Filters after the first kind that refused did not look,
    /// except that every resource that is short is listed.
    package let causes: [RefusalCause]

    /// What ECS would say: the first filter's reason.
    package var reason: RefusalReason { causes.first?.reason ?? .missing }

    /// For a person: "needs 2048 MiB of memory; 1800 of 8192 MiB are free".
    package var detail: String { causes.map(\.description).joined(separator: ", and ") }
}

/// What keeps a task off the hosts of the cluster.
package struct PlacementExplanation: Hashable, Sendable {
    package struct ReasonCount: Hashable, Sendable {
        package let reason: RefusalReason
        package let hostCount: Int
    }

    /// ACTIVE hosts. Hosts that drain are no candidates and get no refusal, as in ECS.
    package let activeHostCount: Int
    /// Those of them that can take the task.
    package let fittingHostCount: Int
    package let drainingHostCount: Int
    /// How many ACTIVE hosts refused for each reason, in the order of the filters; no zeros.
    /// With `fittingHostCount`, adds up to `activeHostCount`.
    package let counts: [ReasonCount]
    /// At most `explainLimit` hosts: those that failed the latest filter by the least first.
    package let nearest: [HostRefusal]

    /// One sentence for a service event or a log line.
    package var summary: String {
        if activeHostCount == 0 {
            return drainingHostCount == 0
                ? "the cluster has no container instances"
                : "all \(drainingHostCount) container instances are DRAINING"
        }
        let reasons = counts.map { "\($0.hostCount) \($0.reason.rawValue)" }.joined(separator: ", ")
        let hosts = "none of \(activeHostCount) ACTIVE container instances can take the task (\(reasons))"
        guard let best = nearest.first else { return hosts }
        return "\(hosts); nearest is \(best.host): \(best.detail)"
    }
}
