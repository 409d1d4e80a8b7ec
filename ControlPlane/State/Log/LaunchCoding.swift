import AWSModels
import AWSProtocol
import FoundationEssentials
import Support

/// Launches as the store holds them, written and read as ``TaskCoding`` does it.
enum LaunchCoding {
    static let kind = "launch"
    static let version = 1

    private static let codec = AWSJSONCodec()

    static func encode(_ launch: LaunchRecord) throws -> Data {
        var text = JSONText(capacity: 3072)
        text.raw(#"{"v":1,"record":{"cluster":"#)
        text.string(launch.cluster.rawValue)
        text.member("family", launch.taskDefinition.family)
        text.member("revision", launch.taskDefinition.revision)
        text.member("group", launch.group)
        text.member("startedBy", launch.startedBy)
        text.member("launchType", launch.launchType.rawValue)
        text.member("capacityProvider", launch.capacityProviderName)
        text.member("cpu", launch.cpu)
        text.member("memory", launch.memory)
        text.member("enableExecuteCommand", launch.enableExecuteCommand)
        text.member("createdAt", launch.createdAt)
        text.member("taskRole", launch.taskRoleOverride)
        if !launch.tags.isEmpty {
            text.name("tags")
            text.raw(try codec.encode(TagList(tags: launch.tags)))
        }
        text.name("overrides")
        text.raw(try json(launch.storedOverrides))
        text.name("containers")
        text.array(launch.containers) { text, container in
            text.raw(#"{"name":"#)
            text.string(container.name)
            text.member("image", container.image)
            text.member("isEssential", container.isEssential)
            text.member("cpu", container.cpu)
            text.member("memory", container.memory)
            text.member("memoryReservation", container.memoryReservation)
            text.raw("}")
        }
        text.raw("}}")
        return Data(text.bytes)
    }

    private static func json(_ overrides: LaunchRecord.StoredOverrides) throws -> [UInt8] {
        switch overrides {
        case .shape(let shape): try codec.encode(shape)
        case .json(let bytes): bytes
        }
    }

    /// - Parameter bytes: what ``encode(_:)`` wrote, and ``decode(_:)`` has read once.
    static func overrides(_ bytes: [UInt8]) -> ECS.TaskOverride {
        // Looked at when it was loaded: it can be read.
        (try? codec.decode(ECS.TaskOverride.self, from: bytes)) ?? ECS.TaskOverride()
    }

    // MARK: Reading

    private struct Container {
        var name = ""
        var image = ""
        var isEssential = false
        var cpu = "0"
        var memory: String?
        var memoryReservation: String?
    }

    static func decode(_ row: StoredRow) throws -> LaunchRecord {
        guard let id = LaunchRecord.ID(storeKey: row.key) else {
            throw StoreError("\(row.kind) \(row.key) has no number for a key")
        }
        var values = LaunchRecord.Values(
            id: id, cluster: .default, taskDefinition: TaskDefinitionID(family: "", revision: 0), group: "",
            startedBy: nil, launchType: .ec2, capacityProviderName: nil, overrides: .shape(ECS.TaskOverride()),
            cpu: nil, memory: nil, tags: [], enableExecuteCommand: nil, createdAt: .none, containers: [])
        var family = ""
        var revision = 0
        do {
            try StoredJSON.read(row, upTo: version) { reader in
                try reader.object { name, reader in
                    switch name {
                    case "family": family = try reader.readString()
                    case "revision": revision = Int(try reader.readLong())
                    default: try read(name, &reader, &values)
                    }
                }
            }
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError("\(row.kind) \(row.key) cannot be read: \(error)")
        }
        values.taskDefinition = TaskDefinitionID(family: family, revision: revision)
        return LaunchRecord(values)
    }

    private static func read(
        _ name: String, _ reader: inout JSONReader, _ values: inout LaunchRecord.Values
    ) throws {
        switch name {
        case "cluster": values.cluster = ClusterName(try reader.readString())
        case "group": values.group = try reader.readString()
        case "startedBy": values.startedBy = try reader.readString()
        case "launchType": values.launchType = .init(rawValue: try reader.readString()) ?? .ec2
        case "capacityProvider": values.capacityProviderName = try reader.readString()
        case "cpu": values.cpu = try reader.readString()
        case "memory": values.memory = try reader.readString()
        case "enableExecuteCommand": values.enableExecuteCommand = try reader.readBoolean()
        case "taskRole": values.taskRoleOverride = try reader.readString()
        case "createdAt": values.createdAt = Moment(milliseconds: try reader.readLong())
        case "tags":
            let tags: TagList = try reader.readStructure()
            values.tags = tags.tags ?? []
        case "overrides": values.overrides = .json(Array(try reader.takeText()))
        case "containers": try reader.array { reader in values.containers.append(try container(&reader)) }
        default: try reader.skipValue()
        }
    }

    private static func container(_ reader: inout JSONReader) throws -> LaunchedContainer {
        var container = Container()
        try reader.object { name, reader in
            switch name {
            case "name": container.name = try reader.readString()
            case "image": container.image = try reader.readString()
            case "isEssential": container.isEssential = try reader.readBoolean()
            case "cpu": container.cpu = try reader.readString()
            case "memory": container.memory = try reader.readString()
            case "memoryReservation": container.memoryReservation = try reader.readString()
            default: try reader.skipValue()
            }
        }
        return LaunchedContainer(
            name: container.name, image: container.image, isEssential: container.isEssential, cpu: container.cpu,
            memory: container.memory, memoryReservation: container.memoryReservation)
    }
}

/// Tags as a shape, which the codec of the API writes and reads.
private typealias TagList = ECS.TagResourceRequest
