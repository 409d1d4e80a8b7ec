import AWSProtocol
import FoundationEssentials
import Support

/// Events of services as the store holds them, written and read as ``TaskCoding`` does it: a service may have a hundred.
enum ServiceEventCoding {
    static let kind = "serviceEvent"
    static let version = 1

    static func key(_ event: ServiceEventRecord) -> String { SequenceKey.text(event.sequence) }

    static func encode(_ event: ServiceEventRecord) -> Data {
        var text = JSONText(capacity: 320)
        text.raw(#"{"v":1,"record":{"cluster":"#)
        text.string(event.service.cluster.rawValue)
        text.member("service", event.service.name)
        text.member("id", event.uuid)
        text.member("createdAt", event.time)
        text.member("message", event.message)
        text.raw("}}")
        return Data(text.bytes)
    }

    static func decode(_ row: StoredRow) throws -> ServiceEventRecord {
        guard let sequence = Int(row.key, radix: 16) else {
            throw StoreError("\(row.kind) \(row.key) has no number for a key")
        }
        var cluster = ""
        var service = ""
        var id = ""
        var message = ""
        var createdAt = Moment.none
        do {
            try StoredJSON.read(row, upTo: version) { reader in
                try reader.object { name, reader in
                    switch name {
                    case "cluster": cluster = try reader.readString()
                    case "service": service = try reader.readString()
                    case "id": id = try reader.readString()
                    case "createdAt": createdAt = Moment(milliseconds: try reader.readLong())
                    case "message": message = try reader.readString()
                    default: try reader.skipValue()
                    }
                }
            }
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError("\(row.kind) \(row.key) cannot be read: \(error)")
        }
        return ServiceEventRecord(
            service: ServiceID(cluster: ClusterName(cluster), name: service), sequence: sequence,
            id: CompactText(id), createdAt: createdAt, message: message)
    }
}
