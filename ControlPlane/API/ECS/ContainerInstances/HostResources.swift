import AWSModels
import AWSProtocol

/// What a host has, as `totalResources`, `registeredResources` and `remainingResources` say it.
///
/// - Source: ECS runtime rules, section 8: CPU and MEMORY are INTEGERs, PORTS and PORTS_UDP STRINGSETs of ports in use.
struct HostResources {
    var cpuUnits: Int
    var memoryMiB: Int
    var tcpPorts: [Int]
    var udpPorts: [Int]

    init(cpuUnits: Int, memoryMiB: Int, tcpPorts: [Int], udpPorts: [Int]) {
        self.cpuUnits = cpuUnits
        self.memoryMiB = memoryMiB
        self.tcpPorts = tcpPorts
        self.udpPorts = udpPorts
    }

    /// - Throws: InvalidParameterException for a resource that is absent, negative, unknown or not a port.
    init(registering resources: [ECS.Resource]) throws(AWSError) {
        cpuUnits = 0
        memoryMiB = 0
        tcpPorts = []
        udpPorts = []
        var seen: Set<String> = []
        for resource in resources {
            let name = resource.name ?? ""
            guard seen.insert(name).inserted else {
                throw .invalidParameter("totalResources has \(name.prefix(60)) more than once.")
            }
            switch name {
            case "CPU": cpuUnits = try Self.amount(resource)
            case "MEMORY": memoryMiB = try Self.amount(resource)
            case "PORTS": tcpPorts = try Self.ports(resource)
            case "PORTS_UDP": udpPorts = try Self.ports(resource)
            default: throw .notSupportedYet("The resource \(name.prefix(60))")
            }
        }
        guard seen.contains("CPU"), seen.contains("MEMORY") else {
            throw .invalidParameter("totalResources must have CPU and MEMORY.")
        }
    }

    private static func amount(_ resource: ECS.Resource) throws(AWSError) -> Int {
        guard let amount = resource.integerValue, (0...1_073_741_824).contains(amount) else {
            throw .invalidParameter("The resource \(resource.name ?? "") needs an integerValue that is not negative.")
        }
        return amount
    }

    private static func ports(_ resource: ECS.Resource) throws(AWSError) -> [Int] {
        var ports: Set<Int> = []
        for text in resource.stringSetValue ?? [] {
            guard let port = Int(text), (1...65535).contains(port) else {
                throw .invalidParameter("\"\(text.prefix(20))\" in \(resource.name ?? "") is not a port.")
            }
            ports.insert(port)
        }
        return ports.sorted()
    }

    /// ECS fills the members that a type does not use with zeros.
    var wire: [ECS.Resource] {
        [
            Self.integer("CPU", cpuUnits), Self.integer("MEMORY", memoryMiB), Self.set("PORTS", tcpPorts),
            Self.set("PORTS_UDP", udpPorts),
        ]
    }

    private static func integer(_ name: String, _ value: Int) -> ECS.Resource {
        ECS.Resource(doubleValue: 0, integerValue: value, longValue: 0, name: name, type: "INTEGER")
    }

    private static func set(_ name: String, _ ports: [Int]) -> ECS.Resource {
        ECS.Resource(
            doubleValue: 0, integerValue: 0, longValue: 0, name: name, stringSetValue: ports.map(String.init),
            type: "STRINGSET")
    }
}
