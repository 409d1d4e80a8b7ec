import AWSModels
import AWSProtocol

/// What a host has, as `totalResources`, `registeredResources` and `remainingResources` say it.
///
/// - Source: ECS runtime rules, section 8: CPU and MEMORY are INTEGERs, PORTS and PORTS_UDP STRINGSETs of ports in use,
///   GPU a STRINGSET of device ids, which only hosts with GPUs show.
struct HostResources {
    var cpuUnits: Int
    var memoryMiB: Int
    var tcpPorts: [Int]
    var udpPorts: [Int]
    /// Nil for a host without GPUs; empty if its tasks have them all.
    var gpuIDs: [String]?

    init(cpuUnits: Int, memoryMiB: Int, tcpPorts: [Int], udpPorts: [Int], gpuIDs: [String]?) {
        self.cpuUnits = cpuUnits
        self.memoryMiB = memoryMiB
        self.tcpPorts = tcpPorts
        self.udpPorts = udpPorts
        self.gpuIDs = gpuIDs
    }

    /// - Parameter devices: `platformDevices`, by which ECS's own agent registers GPUs; the resource means the same.
    /// - Throws: InvalidParameterException for a resource that is absent, negative, unknown or not a port, and for GPUs
    ///   that the resource and the devices do not agree on.
    init(registering resources: [ECS.Resource], devices: [ECS.PlatformDevice]) throws(AWSError) {
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
            case "GPU": gpuIDs = try Self.gpus(resource.stringSetValue ?? [])
            default: throw .notSupportedYet("The resource \(name.prefix(60))")
            }
        }
        guard seen.contains("CPU"), seen.contains("MEMORY") else {
            throw .invalidParameter("totalResources must have CPU and MEMORY.")
        }
        try take(devices)
    }

    private mutating func take(_ devices: [ECS.PlatformDevice]) throws(AWSError) {
        guard !devices.isEmpty else { return }
        let ids = try Self.gpus(devices.map { $0.id ?? "" })
        guard gpuIDs == nil || gpuIDs.map(Set.init) == ids.map(Set.init) else {
            throw .invalidParameter("The resource GPU of totalResources and platformDevices name different devices.")
        }
        gpuIDs = ids
    }

    /// The ids, each once; nil if there are none.
    private static func gpus(_ given: [String]) throws(AWSError) -> [String]? {
        try Limits.gpusPerInstance.check(given.count, of: "GPUs of a container instance")
        var seen: Set<String> = []
        for id in given where !isDeviceID(id) {
            throw .invalidParameter(
                "The id of a GPU must be 1 to \(Limits.deviceIDLength.value) letters, digits and the characters - _ . : /; "
                    + "found \"\(id.prefix(60))\".")
        }
        let ids = given.filter { seen.insert($0).inserted }
        return ids.isEmpty ? nil : ids
    }

    /// What NVIDIA's tools write, such as `GPU-8f6d1b4c-…` and `MIG-GPU-…/1/0`: such an id goes into a list with commas.
    private static func isDeviceID(_ id: String) -> Bool {
        (1...Limits.deviceIDLength.value).contains(id.utf8.count)
            && id.unicodeScalars.allSatisfy { scalar in
                switch scalar {
                case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".", ":", "/": true
                default: false
                }
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
        let all = [
            Self.integer("CPU", cpuUnits), Self.integer("MEMORY", memoryMiB),
            Self.set("PORTS", tcpPorts.map(String.init)), Self.set("PORTS_UDP", udpPorts.map(String.init)),
        ]
        return gpuIDs.map { all + [Self.set("GPU", $0)] } ?? all
    }

    private static func integer(_ name: String, _ value: Int) -> ECS.Resource {
        ECS.Resource(doubleValue: 0, integerValue: value, longValue: 0, name: name, type: "INTEGER")
    }

    private static func set(_ name: String, _ values: [String]) -> ECS.Resource {
        ECS.Resource(
            doubleValue: 0, integerValue: 0, longValue: 0, name: name, stringSetValue: values, type: "STRINGSET")
    }
}
