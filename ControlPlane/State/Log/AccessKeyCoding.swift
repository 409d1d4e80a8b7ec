import AWSProtocol
import FoundationEssentials
import Support

/// Access keys as the store holds them: the JSON that ``RecordCoding`` would write, but written and read without a step
/// between, since every container instance has one.
enum AccessKeyCoding {
    static func encode(_ record: AccessKeyRecord) throws -> Data {
        var text = JSONText(capacity: 256)
        text.raw(#"{"v":1,"record":{"accessKeyID":"#)
        text.string(record.accessKeyID)
        text.member("secretAccessKey", record.secretAccessKey)
        switch record.principal {
        case .root: text.raw(#","principal":{"root":{}}"#)
        case .user(let name):
            text.raw(#","principal":{"user":{"name":"#)
            text.string(name)
            text.raw("}}")
        case .agent(let cluster, let containerInstance):
            text.raw(#","principal":{"agent":{"cluster":"#)
            text.string(cluster.rawValue)
            text.member("containerInstance", containerInstance?.rawValue)
            text.raw("}}")
        }
        try text.member("createdAt", record.createdAt)
        try text.member("disabledAt", record.disabledAt)
        text.raw("}}")
        return Data(text.bytes)
    }

    /// - Throws: ``StoreError`` as ``RecordCoding/decode(_:_:)`` does.
    static func decode(_ row: StoredRow) throws -> AccessKeyRecord {
        var accessKeyID: String?
        var secretAccessKey: String?
        var principal: AccessKeyRecord.Principal?
        var createdAt: Date?
        var disabledAt: Date?
        let isRead = StoredJSON.read(row, exactly: AccessKeyRecord.version) { name, reader in
            switch name {
            case "accessKeyID": accessKeyID = try reader.readString()
            case "secretAccessKey": secretAccessKey = try reader.readString()
            case "principal": principal = try self.principal(&reader)
            case "createdAt": createdAt = try StoredJSON.date(&reader)
            case "disabledAt": disabledAt = try StoredJSON.date(&reader)
            default: try reader.skipValue()
            }
        }
        // Whatever is not as expected is for the reader of all records to judge, and to find words for.
        guard isRead, let accessKeyID, let secretAccessKey, let principal, let createdAt else {
            return try RecordCoding.decode(AccessKeyRecord.self, row)
        }
        return AccessKeyRecord(
            accessKeyID: accessKeyID, secretAccessKey: secretAccessKey, principal: principal, createdAt: createdAt,
            disabledAt: disabledAt)
    }

    private static func principal(_ reader: inout JSONReader) throws -> AccessKeyRecord.Principal {
        var principal: AccessKeyRecord.Principal?
        try reader.object { name, reader in
            guard principal == nil else { throw StoredJSON.Unexpected() }
            switch name {
            case "root":
                try reader.skipValue()
                principal = .root
            case "agent": principal = try agent(&reader)
            case "user": principal = try user(&reader)
            default: throw StoredJSON.Unexpected()
            }
        }
        guard let principal else { throw StoredJSON.Unexpected() }
        return principal
    }

    private static func user(_ reader: inout JSONReader) throws -> AccessKeyRecord.Principal {
        var name: String?
        try reader.object { member, reader in
            if member == "name" { name = try reader.readString() } else { try reader.skipValue() }
        }
        guard let name else { throw StoredJSON.Unexpected() }
        return .user(name: name)
    }

    private static func agent(_ reader: inout JSONReader) throws -> AccessKeyRecord.Principal {
        var cluster: String?
        var containerInstance: String?
        try reader.object { name, reader in
            if try reader.takeNull() { return }
            switch name {
            case "cluster": cluster = try reader.readString()
            case "containerInstance": containerInstance = try reader.readString()
            default: try reader.skipValue()
            }
        }
        guard let cluster else { throw StoredJSON.Unexpected() }
        return .agent(
            cluster: ClusterName(cluster), containerInstance: containerInstance.map { ContainerInstanceID($0) })
    }
}
