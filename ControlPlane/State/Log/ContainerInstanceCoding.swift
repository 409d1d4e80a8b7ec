import AWSModels
import AWSProtocol
import FoundationEssentials
import Support

/// Container instances as the store holds them: the JSON that ``RecordCoding`` would write, but written and read
/// without a step between. A start reads thousands of them, and each has dozens of attributes.
enum ContainerInstanceCoding {
    private static let codec = AWSJSONCodec()

    // MARK: Writing

    static func encode(_ record: ContainerInstanceRecord) throws -> Data {
        var text = JSONText(capacity: 4096)
        text.raw(#"{"v":1,"record":{"id":"#)
        text.string(record.id.rawValue)
        text.member("cluster", record.cluster.rawValue)
        text.member("sequence", record.sequence)
        text.member("status", record.status.rawValue)
        text.member("agentConnected", record.agentConnected)
        try text.member("connectivityAt", record.connectivityAt)
        text.member("ec2InstanceID", record.ec2InstanceID)
        text.member("accessKeyID", record.accessKeyID)
        try text.member("registeredAt", record.registeredAt)
        try text.member("deregisteredAt", record.deregisteredAt)
        text.member("cpuUnits", record.cpuUnits)
        text.member("memoryMiB", record.memoryMiB)
        text.member("reservedTCPPorts", record.reservedTCPPorts)
        text.member("reservedUDPPorts", record.reservedUDPPorts)
        text.member("gpuIDs", record.gpuIDs)
        try member("attributes", record.attributes, to: &text)
        if let versionInfo = record.versionInfo {
            text.name("versionInfo")
            text.raw(try codec.encode(versionInfo))
        }
        try member("tags", record.tags, to: &text)
        if let runtimeHealth = record.runtimeHealth { try text.member("runtimeHealth", json: runtimeHealth) }
        text.member("version", record.version)
        text.member("hostAddress", record.hostAddress?.description)
        try text.member("lastHeardAt", record.lastHeardAt)
        text.raw("}}")
        return Data(text.bytes)
    }

    private static func member(_ name: StaticString, _ shapes: [some AWSShape], to text: inout JSONText) throws {
        text.name(name)
        try text.array(shapes) { text, shape in text.raw(try codec.encode(shape)) }
    }

    // MARK: Reading

    /// What the members say, before they are put together. None of those that every record has is set at first.
    private struct Members {
        var id: String?
        var cluster: String?
        var sequence: Int?
        var status: ContainerInstanceRecord.Status?
        var agentConnected: Bool?
        var connectivityAt: Date?
        var ec2InstanceID: String?
        var accessKeyID: String?
        var registeredAt: Date?
        var deregisteredAt: Date?
        var cpuUnits: Int?
        var memoryMiB: Int?
        var reservedTCPPorts: [Int]?
        var reservedUDPPorts: [Int]?
        var gpuIDs: [String]?
        var attributes: [ECS.Attribute]?
        var versionInfo: ECS.VersionInfo?
        var tags: [ECS.Tag]?
        var runtimeHealth: RuntimeHealthRecord?
        var version: Int?
        var hostAddress: IPv4Address?
        var lastHeardAt: Date?
    }

    /// - Parameter known: attributes of instances that were read before.
    /// - Throws: ``StoreError`` as ``RecordCoding/decode(_:_:)`` does.
    static func decode(_ row: StoredRow, sharing known: inout KnownAttributes) throws -> ContainerInstanceRecord {
        var members = Members()
        let isRead = StoredJSON.read(row, exactly: ContainerInstanceRecord.version) { name, reader in
            try read(name, &reader, &members, &known)
        }
        // Whatever is not as expected is for the reader of all records to judge, and to find words for.
        guard isRead, let record = record(members) else {
            return try RecordCoding.decode(ContainerInstanceRecord.self, row)
        }
        return record
    }

    /// Nil if it lacks what every record has.
    private static func record(_ members: Members) -> ContainerInstanceRecord? {
        guard let id = members.id, let cluster = members.cluster, let sequence = members.sequence,
            let status = members.status, let agentConnected = members.agentConnected,
            let connectivityAt = members.connectivityAt, let registeredAt = members.registeredAt,
            let cpuUnits = members.cpuUnits, let memoryMiB = members.memoryMiB,
            let reservedTCPPorts = members.reservedTCPPorts, let reservedUDPPorts = members.reservedUDPPorts,
            let attributes = members.attributes, let tags = members.tags, let version = members.version
        else { return nil }
        var record = ContainerInstanceRecord(
            id: ContainerInstanceID(id), cluster: ClusterName(cluster), sequence: sequence, registeredAt: registeredAt,
            cpuUnits: cpuUnits, memoryMiB: memoryMiB, reservedTCPPorts: reservedTCPPorts,
            reservedUDPPorts: reservedUDPPorts, attributes: attributes, versionInfo: members.versionInfo, tags: tags)
        record.status = status
        record.agentConnected = agentConnected
        record.connectivityAt = connectivityAt
        record.ec2InstanceID = members.ec2InstanceID
        record.accessKeyID = members.accessKeyID
        record.deregisteredAt = members.deregisteredAt
        record.gpuIDs = members.gpuIDs
        record.runtimeHealth = members.runtimeHealth
        record.version = version
        record.hostAddress = members.hostAddress
        record.lastHeardAt = members.lastHeardAt
        return record
    }

    private static func read(
        _ name: String, _ reader: inout JSONReader, _ members: inout Members, _ known: inout KnownAttributes
    ) throws {
        switch name {
        case "attributes": members.attributes = try known.read(&reader)
        case "id": members.id = try reader.readString()
        case "cluster": members.cluster = try reader.readString()
        case "sequence": members.sequence = Int(try reader.readLong())
        case "status": members.status = .init(rawValue: try reader.readString())
        case "agentConnected": members.agentConnected = try reader.readBoolean()
        case "connectivityAt": members.connectivityAt = try StoredJSON.date(&reader)
        case "ec2InstanceID": members.ec2InstanceID = try reader.readString()
        case "accessKeyID": members.accessKeyID = try reader.readString()
        case "registeredAt": members.registeredAt = try StoredJSON.date(&reader)
        case "deregisteredAt": members.deregisteredAt = try StoredJSON.date(&reader)
        case "cpuUnits": members.cpuUnits = Int(try reader.readLong())
        case "memoryMiB": members.memoryMiB = Int(try reader.readLong())
        case "reservedTCPPorts": members.reservedTCPPorts = try ports(&reader)
        case "reservedUDPPorts": members.reservedUDPPorts = try ports(&reader)
        case "gpuIDs": members.gpuIDs = try reader.readList()
        case "versionInfo": members.versionInfo = try reader.readStructure()
        case "tags": members.tags = try reader.readList()
        case "runtimeHealth": members.runtimeHealth = try StoredJSON.value(&reader)
        case "version": members.version = Int(try reader.readLong())
        case "lastHeardAt": members.lastHeardAt = try StoredJSON.date(&reader)
        case "hostAddress":
            guard let address = IPv4Address(try reader.readString()) else { throw StoredJSON.Unexpected() }
            members.hostAddress = address
        default: try reader.skipValue()
        }
    }

    private static func ports(_ reader: inout JSONReader) throws -> [Int] {
        var ports: [Int] = []
        try reader.array { reader in ports.append(Int(try reader.readLong())) }
        return ports
    }
}

/// Lists of attributes that have been read. Hosts of one kind have the same ones, so that most lists need neither be
/// read nor kept again.
struct KnownAttributes: Sendable {
    /// As many kinds of hosts as it pays to compare with.
    private static let limit = 16

    private var lists: [(text: [UInt8], attributes: [ECS.Attribute])] = []

    mutating func read(_ reader: inout JSONReader) throws -> [ECS.Attribute] {
        for list in lists where reader.takeIf(text: list.text) { return list.attributes }
        let (attributes, text): ([ECS.Attribute], ArraySlice<UInt8>) = try reader.withText { try $0.readList() }
        if lists.count == Self.limit { lists.removeFirst() }
        lists.append((Array(text), attributes))
        return attributes
    }
}
