import FoundationEssentials

/// The one operation of the ECS API that an agent calls, as it is on the wire.
///
/// Written by hand: the generated types of the whole API would be most of the agent's memory. A test reads what this
/// writes with the generated type.
///
/// - Source: API Reference, RegisterContainerInstance.
enum RegisterContainerInstance {
    static let target = "AmazonEC2ContainerServiceV20141113.RegisterContainerInstance"
    static let contentType = "application/x-amz-json-1.1"

    struct Request: Encodable {
        struct Resource: Encodable {
            var name: String
            var type: String
            var integerValue: Int?
            var stringSetValue: [String]?
        }

        struct Attribute: Encodable {
            var name: String
            var value: String?
        }

        struct PlatformDevice: Encodable {
            var id: String
            var type: String
        }

        struct VersionInfo: Encodable {
            var agentVersion: String
            var dockerVersion: String
        }

        var cluster: String
        var containerInstanceArn: String?
        var totalResources: [Resource]
        /// Nil for a host without GPUs.
        var platformDevices: [PlatformDevice]?
        var attributes: [Attribute]
        var versionInfo: VersionInfo

        init(_ registration: InstanceRegistration) {
            func ports(_ name: String, _ ports: [Int]) -> Resource {
                Resource(name: name, type: "STRINGSET", stringSetValue: ports.map { "\($0)" })
            }
            let custom = registration.containerInstanceArn == nil ? registration.customAttributes : []
            cluster = registration.cluster
            containerInstanceArn = registration.containerInstanceArn
            totalResources = [
                Resource(name: "CPU", type: "INTEGER", integerValue: registration.cpuUnits),
                Resource(name: "MEMORY", type: "INTEGER", integerValue: registration.memoryMiB),
                ports("PORTS", registration.reservedPorts), ports("PORTS_UDP", registration.reservedUDPPorts),
            ]
            if !registration.gpuIDs.isEmpty {
                platformDevices = registration.gpuIDs.map { PlatformDevice(id: $0, type: "GPU") }
            }
            attributes = (registration.attributes + custom).map { Attribute(name: $0.name, value: $0.value) }
            versionInfo = VersionInfo(
                agentVersion: registration.agentVersion, dockerVersion: registration.runtimeVersion)
        }
    }

    struct Response: Decodable {
        struct ContainerInstance: Decodable {
            var containerInstanceArn: String
        }

        var containerInstance: ContainerInstance
    }
}

/// The body of an answer that is no success: `{"__type": "…#ClientException", "message": "…"}`.
struct ErrorBody: CustomStringConvertible {
    private struct Members: Decodable {
        var __type: String?
        var message: String?
        var Message: String?
    }

    let status: Int
    /// Without its namespace; empty if the body names none.
    let code: String
    let message: String

    init(_ body: [UInt8], status: Int) {
        self.status = status
        let members = try? JSONDecoder().decode(Members.self, from: Data(body))
        code = members?.__type.flatMap { $0.split(separator: "#").last }.map { String($0) } ?? ""
        // What is no JSON may be a proxy's page: its beginning says more than nothing.
        message = members?.message ?? members?.Message ?? String(decoding: body.prefix(200), as: UTF8.self)
    }

    var description: String { "\(code) (\(status)): \(message)" }
}
