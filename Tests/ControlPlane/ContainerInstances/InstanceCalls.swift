import AWSModels
import ControlPlaneState
import Foundation

/// Calls that the tests of container instances have in common.
extension TestControlPlane {
    static func resources(cpu: Int = 2048, memory: Int = 4096, ports: [Int] = [22], udp: [Int] = []) -> [[String: Any]]
    {
        [
            ["name": "CPU", "type": "INTEGER", "integerValue": cpu],
            ["name": "MEMORY", "type": "INTEGER", "integerValue": memory],
            ["name": "PORTS", "type": "STRINGSET", "stringSetValue": ports.map { "\($0)" }],
            ["name": "PORTS_UDP", "type": "STRINGSET", "stringSetValue": udp.map { "\($0)" }],
        ]
    }

    /// RegisterContainerInstance with what a test is about, and resources.
    func register(_ input: [String: Any] = [:]) async throws -> [String: Any] {
        try await call("RegisterContainerInstance", Self.registration(input)).object("containerInstance")
    }

    static func registration(_ input: [String: Any]) -> [String: Any] {
        input.merging(["totalResources": resources()]) { given, _ in given }
    }

    func registered(attributes: [String: String] = [:]) async throws -> String {
        let list = attributes.sorted { $0.key < $1.key }.map { ["name": $0.key, "value": $0.value] }
        return try await register(["attributes": list]).text("containerInstanceArn")
    }

    func describe(_ arn: String, include: [String] = []) async throws -> [String: Any] {
        try await call("DescribeContainerInstances", ["containerInstances": [arn], "include": include])
            .list("containerInstances")[0]
    }

    /// Hosts without tasks, in one transaction.
    func put(hosts count: Int, _ change: (Int, inout ContainerInstanceRecord) -> Void) async throws {
        _ = try await call("CreateCluster")
        try await state.transact { tx in
            for number in 0..<count {
                var record = ContainerInstanceRecord(
                    id: ContainerInstanceID(String(format: "%032x", number)), cluster: .default,
                    sequence: tx.nextSequence(), registeredAt: Self.start, cpuUnits: 1, memoryMiB: 1,
                    reservedTCPPorts: [], reservedUDPPorts: [], attributes: [], versionInfo: nil, tags: [])
                change(number, &record)
                tx.put(record)
            }
        }
    }
}

/// `name=value` of each attribute, in their order; `name` for one without a value.
func attributeTexts(_ object: [String: Any]) -> [String] {
    object.list("attributes").map { attribute in
        (attribute["value"] as? String).map { "\(attribute.text("name"))=\($0)" } ?? attribute.text("name")
    }
}
