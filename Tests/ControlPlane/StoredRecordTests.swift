import AWSModels
import ControlPlaneState
import Foundation
import Support
import Testing

/// What the store holds of container instances and access keys: written and read without an encoder, but the same JSON.
@Suite struct StoredRecordTests {
    /// As an encoder spells a record; so did all versions before.
    private struct Envelope<Record: StoredRecord>: Codable {
        var v = Record.version
        var record: Record
    }

    private struct VersionOnly: Decodable {
        var v: Int
    }

    private static func encoded(_ record: some StoredRecord) throws -> Data {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .secondsSince1970
        return try encoder.encode(Envelope(record: record))
    }

    /// What a record says, whatever the order of its members.
    private static func content(_ json: Data) throws -> NSDictionary {
        try #require(try JSONSerialization.jsonObject(with: json) as? NSDictionary)
    }

    static var instances: [ContainerInstanceRecord] {
        let date = Date(timeIntervalSince1970: 1_795_300_185.602)
        let plain = ContainerInstanceRecord(
            id: ContainerInstanceID("000129e5780b3e8468927c8f8ed4dabb"), cluster: ClusterName("a"), sequence: 7,
            registeredAt: Date(timeIntervalSince1970: 1_800_000_000), cpuUnits: 2048, memoryMiB: 4096,
            reservedTCPPorts: [], reservedUDPPorts: [], attributes: [], versionInfo: nil, tags: [])
        var full = ContainerInstanceRecord(
            id: ContainerInstanceID("00020898f9fef78b63323c5b11101c6a"), cluster: ClusterName("b"), sequence: 8,
            registeredAt: date, cpuUnits: -1, memoryMiB: 1, reservedTCPPorts: [22, 2376], reservedUDPPorts: [53],
            attributes: [
                ECS.Attribute(name: "ecs.os-type", value: "linux"), ECS.Attribute(name: "alone"),
                ECS.Attribute(
                    name: "a/b \"é\" \\ \u{1}", targetId: "t", targetType: .containerInstance, value: "\u{1F6A2}\n"),
            ],
            versionInfo: ECS.VersionInfo(agentHash: "h", agentVersion: "1.0.0", dockerVersion: "DockerVersion: 20.10"),
            tags: [ECS.Tag(key: "k", value: "v"), ECS.Tag(key: "none"), ECS.Tag()])
        full.status = .draining
        full.agentConnected = false
        full.connectivityAt = date.addingTimeInterval(1.0 / 3)
        full.ec2InstanceID = "i-0123"
        full.accessKeyID = "AKIA"
        full.deregisteredAt = Date(timeIntervalSince1970: -0.5)
        full.gpuIDs = ["GPU-1", "GPU-2"]
        full.runtimeHealth = RuntimeHealthRecord(isImpaired: true, reason: "r", changedAt: date, updatedAt: date)
        full.version = 12
        full.hostAddress = IPv4Address("10.1.2.3")
        full.lastHeardAt = date.addingTimeInterval(-30.25)
        var empty = plain
        empty.versionInfo = ECS.VersionInfo()
        empty.gpuIDs = []
        return [plain, full, empty]
    }

    static var keys: [AccessKeyRecord] {
        [
            .root, .agent(cluster: ClusterName("c"), containerInstance: nil),
            .agent(cluster: ClusterName("c"), containerInstance: ContainerInstanceID("i")), .user(name: "a\"b"),
        ].flatMap { principal in
            [nil, Date(timeIntervalSince1970: 1_795_300_190.25)].map { disabledAt in
                AccessKeyRecord(
                    accessKeyID: "AKIA", secretAccessKey: "a/+\"é", principal: principal,
                    createdAt: Date(timeIntervalSince1970: 1_795_300_185.621), disabledAt: disabledAt)
            }
        }
    }

    private static func state(_ rows: [StoredRow]) throws -> ClusterState {
        try ClusterState(store: ListStore(rows), log: .discarding)
    }

    @Test(arguments: instances) func instancesAreWrittenAsEver(record: ContainerInstanceRecord) async throws {
        let store = FakeStore()
        let state = try ClusterState(store: store, log: .discarding)
        try await state.transact { $0.put(record) }
        let written = try #require(store.commits.last?.first { $0.kind == "containerInstance" })
        #expect(written.key == record.id.rawValue)
        let old = try Self.encoded(record)
        #expect(try Self.content(try #require(written.value)) == Self.content(old))
        // Both spellings are read as the same.
        for json in [old, try #require(written.value)] {
            let row = StoredRow(kind: "containerInstance", key: record.id.rawValue, value: json)
            let again = try #require(try Self.state([row]).peek { $0.containerInstances[record.id] })
            #expect(try Self.content(try Self.encoded(again)) == Self.content(old))
            #expect(again.registeredAt == record.registeredAt)
            // As exactly as seconds since 1970 say it.
            #expect(again.connectivityAt.timeIntervalSince1970 == record.connectivityAt.timeIntervalSince1970)
            #expect(again.attributes == record.attributes)
        }
    }

    @Test(arguments: keys) func keysAreWrittenAsEver(record: AccessKeyRecord) async throws {
        let store = FakeStore()
        let state = try ClusterState(store: store, log: .discarding)
        try await state.transact { $0.put(record) }
        let written = try #require(store.commits.last?.first?.value)
        let old = try Self.encoded(record)
        #expect(try Self.content(written) == Self.content(old))
        for json in [old, written] {
            let row = StoredRow(kind: "accessKey", key: record.accessKeyID, value: json)
            let again = try #require(try Self.state([row]).peek { $0.access.key(record.accessKeyID) })
            #expect(try Self.content(try Self.encoded(again)) == Self.content(old))
            #expect(again.createdAt == record.createdAt)
        }
    }

    /// Instances of one kind share their attributes, and of another do not.
    @Test func attributesAreNotMixedUp() throws {
        let rows = try (0..<100).map { number in
            var record = Self.instances[number % 3]
            record.id = ContainerInstanceID("\(number)")
            record.sequence = number
            if number % 5 == 0 { record.attributes = [ECS.Attribute(name: "own", value: "\(number)")] }
            return (record, StoredRow(kind: "containerInstance", key: "\(number)", value: try Self.encoded(record)))
        }
        let state = try Self.state(rows.map(\.1))
        for (record, _) in rows {
            #expect(state.peek { $0.containerInstances[record.id]?.attributes } == record.attributes)
        }
    }

    /// What the one reader cannot read the other refuses, in its own words.
    @Test(arguments: [
        #"{"record":{},"v":1}"#, #"{"v":1}"#, "{", "", #"{"record":{"id":1},"v":1}"#, #"{"record":{RECORD}}"#,
        #"{"v":1,"record":{RECORD}}x"#, #"{"v":1,"record":{RECORD,"hostAddress":"1.2"}}"#,
        #"{"v":1,"record":{RECORD,"status":"ODD"}}"#, #"{"v":1,"record":{RECORD,"gpuIDs":[null]}}"#,
        #"{"v":1,"record":{RECORD,"attributes":[null]}}"#, #"{"v":1,"record":{RECORD,"registeredAt":"now"}}"#,
        #"{"v":1,"record":{RECORD,"cpuUnits":1.5}}"#, #"{"v":1,"record":{RECORD,"tags":null}}"#,
    ]) func corruptInstancesAreRefused(template: String) throws {
        let text = template.replacingOccurrences(
            of: "RECORD",
            with: """
                "id":"i","cluster":"c","sequence":1,"agentConnected":true,"connectivityAt":1,"memoryMiB":1,\
                "reservedTCPPorts":[],"reservedUDPPorts":[],"version":1\
                \(template.contains("status") ? "" : #","status":"ACTIVE""#)\
                \(template.contains("registeredAt") ? "" : #","registeredAt":1"#)\
                \(template.contains("cpuUnits") ? "" : #","cpuUnits":1"#)\
                \(template.contains("attributes") ? "" : #","attributes":[]"#)\
                \(template.contains("tags") ? "" : #","tags":[]"#)
                """)
        try expectOldWords(ContainerInstanceRecord.self, Data(text.utf8))
    }

    @Test(arguments: [
        #"{"root":{},"agent":{"cluster":"c"}}"#, "{}", #"{"agent":{}}"#, #"{"other":{}}"#, "null", "1",
        #"{"agent":{"cluster":"c","containerInstance":1}}"#,
    ]) func corruptKeysAreRefused(principal: String) throws {
        let text = """
            {"v":1,"record":{"accessKeyID":"a","secretAccessKey":"s","createdAt":1,"principal":\(principal)}}
            """
        try expectOldWords(AccessKeyRecord.self, Data(text.utf8))
    }

    private func expectOldWords<Record: StoredRecord>(_ type: Record.Type, _ json: Data) throws {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .secondsSince1970
        let words: String
        do {
            _ = try decoder.decode(VersionOnly.self, from: json)
            _ = try decoder.decode(Envelope<Record>.self, from: json)
            Issue.record("the decoder reads \(String(decoding: json, as: UTF8.self))")
            return
        } catch {
            words = "\(Record.kind) k cannot be read: \(error)"
        }
        let error = #expect(throws: StoreError.self) {
            try Self.state([StoredRow(kind: Record.kind, key: "k", value: json)])
        }
        #expect(error?.description == words)
    }

    /// The version may stand behind what it is the version of.
    @Test(arguments: ["containerInstance", "accessKey"]) func newerVersionsAreRefused(kind: String) throws {
        let row = StoredRow(kind: kind, key: "k", value: Data(#"{"record":{"id":[]},"v":2}"#.utf8))
        let error = #expect(throws: StoreError.self) { try Self.state([row]) }
        #expect(error?.description == "\(kind) k has version 2; this program reads up to 1")
    }
}
