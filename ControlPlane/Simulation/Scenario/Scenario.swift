package import AWSModels
package import FoundationEssentials

/// A cluster that somebody thinks of: its hosts, what is to run on it, and what is to happen to it.
///
/// Read from JSON. Task definitions and services are requests of RegisterTaskDefinition and CreateService as they are.
package struct Scenario: Decodable, Sendable {
    /// Some hosts that are alike.
    package struct HostGroup: Decodable, Sendable {
        var count: Int
        var availabilityZone: String
        /// CPU units, 1024 a vCPU.
        var cpu: Int
        /// MiB.
        var memory: Int
        var gpus: Int
        var attributes: [String: String]
        /// TCP ports that no task may have.
        var reservedPorts: [Int]
    }

    /// What happens to the cluster. Each waits until the one before has settled.
    package enum Event: Decodable, Sendable {
        case failZone(String)
        case restoreZone(String)
        case drainZone(String)
        /// So many of the hosts that are up, the ones with the most tasks first.
        case failHosts(Int)
        case addHosts(HostGroup)
        /// A request of UpdateService as it is: another count, another task definition, other percentages.
        case updateService(ECS.UpdateServiceRequest)
    }

    var hosts: [HostGroup]
    var taskDefinitions: [ECS.RegisterTaskDefinitionRequest]
    var services: [ECS.CreateServiceRequest]
    var events: [Event]
    var seed: UInt64

    /// What a simulation holds: beyond it, it would take minutes and gigabytes.
    static let hostLimit = 20_000
    static let taskLimit = 200_000

    /// Reads a scenario and checks it.
    ///
    /// - Throws: ``ScenarioError`` that names the place in the file.
    package init(json: Data) throws(ScenarioError) {
        do { self = try JSONDecoder().decode(Self.self, from: json) } catch let error as ScenarioError {
            throw error
        } catch let error as DecodingError {
            throw ScenarioError(error)
        } catch {
            throw ScenarioError("\(error)")
        }
        try check()
    }

    private func check() throws(ScenarioError) {
        var total = hosts.reduce(0) { $0 + $1.count }
        for case .addHosts(let group) in events { total += group.count }
        guard (1...Self.hostLimit).contains(total) else {
            throw ScenarioError("hosts: a simulation takes 1 to \(Self.hostLimit) hosts; found \(total)")
        }
        var names: Set<String> = []
        for (index, service) in services.enumerated() { try check(service, at: "services[\(index)]", &names) }
        let tasks = services.reduce(0) { $0 + ($1.desiredCount ?? 0) }
        guard tasks <= Self.taskLimit else {
            throw ScenarioError("services: a simulation takes \(Self.taskLimit) tasks at most; found \(tasks)")
        }
        for (index, event) in events.enumerated() { try check(event, at: "events[\(index)]", names) }
    }

    private func check(
        _ service: ECS.CreateServiceRequest, at place: String, _ names: inout Set<String>
    ) throws(ScenarioError) {
        guard let name = service.serviceName, names.insert(name).inserted else {
            throw ScenarioError("\(place).serviceName: each service needs a name of its own")
        }
        guard service.taskDefinition != nil else { throw ScenarioError("\(place).taskDefinition is missing") }
        guard service.cluster == nil else { throw ScenarioError("\(place).cluster: there is only one cluster") }
        guard service.deploymentController?.type ?? .ecs == .ecs else {
            throw ScenarioError("\(place).deploymentController: only ECS is simulated")
        }
        try check(service.desiredCount ?? (service.schedulingStrategy == .daemon ? 0 : nil), at: place)
    }

    private func check(_ desiredCount: Int?, at place: String) throws(ScenarioError) {
        guard let desiredCount, (0...Self.taskLimit).contains(desiredCount) else {
            throw ScenarioError("\(place).desiredCount must be from 0 to \(Self.taskLimit)")
        }
    }

    private func check(_ event: Event, at place: String, _ services: Set<String>) throws(ScenarioError) {
        let zones = Set(hosts.map(\.availabilityZone))
        switch event {
        case .failZone(let zone), .restoreZone(let zone), .drainZone(let zone):
            guard zones.contains(zone) else {
                throw ScenarioError(
                    "\(place): no host is in \(zone); there are \(zones.sorted().joined(separator: ", "))")
            }
        case .failHosts(let count):
            guard count > 0 else { throw ScenarioError("\(place).failHosts must be at least 1") }
        case .updateService(let request):
            let service = request.service ?? ""
            guard services.contains(service) else { throw ScenarioError("\(place): there is no service \(service)") }
            guard request.cluster == nil else { throw ScenarioError("\(place).cluster: there is only one cluster") }
            try check(request.desiredCount ?? 0, at: place)
        case .addHosts: break
        }
    }
}

/// What is wrong with a scenario, in one sentence.
package struct ScenarioError: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }

    init(_ error: DecodingError) {
        func place(_ path: [any CodingKey], _ last: (any CodingKey)? = nil) -> String {
            var text = ""
            for key in path + (last.map { [$0] } ?? []) {
                text += key.intValue.map { "[\($0)]" } ?? (text.isEmpty ? "" : ".") + key.stringValue
            }
            return text.isEmpty ? "the file" : text
        }
        switch error {
        case .keyNotFound(let key, let context): description = "\(place(context.codingPath, key)) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            description = "\(place(context.codingPath)): \(context.debugDescription)"
        case .dataCorrupted(let context): description = "\(place(context.codingPath)): \(context.debugDescription)"
        @unknown default: description = "\(error)"
        }
    }
}

// MARK: - JSON. A member that is not known is a mistake here, and said to be one.

private struct Member: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { return nil }
}

extension KeyedDecodingContainer<Member> {
    fileprivate func checkNames(_ known: [String]) throws {
        for key in allKeys where !known.contains(key.stringValue) {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: codingPath + [key],
                    debugDescription: "is not known here; there are \(known.joined(separator: ", "))"))
        }
    }

    fileprivate func value<Value: Decodable>(_ name: String, or missing: Value) throws -> Value {
        try decodeIfPresent(Value.self, forKey: Member(name)) ?? missing
    }

    fileprivate func value<Value: Decodable>(_ name: String) throws -> Value {
        try decode(Value.self, forKey: Member(name))
    }

    fileprivate func integer(_ name: String, in range: ClosedRange<Int>, or missing: Int? = nil) throws -> Int {
        let value: Int = try missing.map { try self.value(name, or: $0) } ?? self.value(name)
        guard range.contains(value) else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: codingPath + [Member(name)],
                    debugDescription: "must be from \(range.lowerBound) to \(range.upperBound); found \(value)"))
        }
        return value
    }
}

extension Scenario {
    package init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Member.self)
        try members.checkNames(["hosts", "taskDefinitions", "services", "events", "seed"])
        hosts = try members.value("hosts")
        taskDefinitions = try members.value("taskDefinitions", or: [])
        services = try members.value("services", or: [])
        events = try members.value("events", or: [])
        seed = try members.value("seed", or: 1)
    }
}

extension Scenario.HostGroup {
    package init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Member.self)
        try members.checkNames(
            ["count", "availabilityZone", "cpu", "memory", "gpus", "attributes", "reservedPorts"])
        count = try members.integer("count", in: 1...Scenario.hostLimit, or: 1)
        availabilityZone = try members.value("availabilityZone")
        cpu = try members.integer("cpu", in: 128...1_048_576)
        memory = try members.integer("memory", in: 64...67_108_864)
        gpus = try members.integer("gpus", in: 0...64, or: 0)
        attributes = try members.value("attributes", or: [:])
        reservedPorts = try members.value("reservedPorts", or: [22, 2375, 2376, 51678, 51679])
    }

    /// One of them, as it registers.
    var facts: SimulatedHostFacts {
        SimulatedHostFacts(
            availabilityZone: availabilityZone, cpuUnits: cpu, memoryMiB: memory, reservedPorts: reservedPorts,
            gpuIDs: (0..<gpus).map { "GPU-\($0)" }, attributes: attributes)
    }
}

extension Scenario.Event {
    package init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Member.self)
        let names = ["failZone", "restoreZone", "drainZone", "failHosts", "addHosts"]
        let updates = [
            "service", "desiredCount", "taskDefinition", "forceNewDeployment", "deploymentConfiguration",
            "placementConstraints", "placementStrategy", "healthCheckGracePeriodSeconds",
            "availabilityZoneRebalancing", "capacityProviderStrategy", "networkConfiguration",
        ]
        try members.checkNames(names + updates)
        let given = Set(members.allKeys.map(\.stringValue))
        switch given {
        case ["failZone"]: self = .failZone(try members.value("failZone"))
        case ["restoreZone"]: self = .restoreZone(try members.value("restoreZone"))
        case ["drainZone"]: self = .drainZone(try members.value("drainZone"))
        case ["failHosts"]: self = .failHosts(try members.value("failHosts"))
        case ["addHosts"]: self = .addHosts(try members.value("addHosts"))
        case _ where given.contains("service") && given.count > 1 && given.isSubset(of: updates):
            self = .updateService(try ECS.UpdateServiceRequest(from: decoder))
        default:
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "an event is one of failZone, restoreZone, drainZone, failHosts, addHosts, "
                        + "or service with what is new of it"))
        }
    }
}

extension Scenario.Event: CustomStringConvertible {
    package var description: String {
        switch self {
        case .failZone(let zone): "zone \(zone) fails"
        case .restoreZone(let zone): "zone \(zone) is back"
        case .drainZone(let zone): "zone \(zone) drains"
        case .failHosts(let count): "\(count) hosts fail"
        case .addHosts(let group): "\(group.count) hosts are added in \(group.availabilityZone)"
        case .updateService(let request):
            ([request.service ?? ""]
                + [
                    request.desiredCount.map { "is to have \($0) tasks" },
                    request.taskDefinition.map { "is updated to \($0)" },
                    request.forceNewDeployment == true ? "is deployed anew" : nil,
                ].compactMap { $0 }.enumerated().map { $0.offset == 0 ? $0.element : "and \($0.element)" }).joined(
                    separator: " ")
        }
    }
}
