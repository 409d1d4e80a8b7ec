import FoundationEssentials

/// A record that the store keeps.
package protocol StoredRecord: Codable, Sendable {
    /// The name under which a store files records of this type. Never changes.
    static var kind: String { get }
    /// The shape that ``RecordCoding`` writes. One more each time the JSON changes in a way that older code misreads.
    static var version: Int { get }
    /// Unique among the records of this kind, and the same for the life of the record.
    var storeKey: String { get }
}

/// Records as the store holds them: `{"v":1,"record":{…}}`, dates as seconds since 1970.
enum RecordCoding {
    private struct Envelope<Record: Codable>: Codable {
        var v: Int
        var record: Record
    }

    private struct ReadEnvelope<Record: Decodable>: Decodable {
        var record: Record
    }

    private struct VersionOnly: Codable {
        var v: Int
    }

    static func encode<Record: StoredRecord>(_ record: Record) throws -> Data {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .secondsSince1970
        return try encoder.encode(Envelope(v: Record.version, record: record))
    }

    static func version(_ row: StoredRow) throws -> Int {
        do { return try JSONDecoder().decode(VersionOnly.self, from: row.value).v } catch {
            throw StoreError("\(row.kind) \(row.key) cannot be read: \(error)")
        }
    }

    /// A record of a type that is only read.
    static func decode<Record: Decodable>(_ type: Record.Type, _ row: StoredRow) throws -> Record {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .secondsSince1970
        do { return try decoder.decode(ReadEnvelope<Record>.self, from: row.value).record } catch {
            throw StoreError("\(row.kind) \(row.key) cannot be read: \(error)")
        }
    }

    /// - Throws: ``StoreError`` that names the record, if it was written by a newer version or cannot be read.
    static func decode<Record: StoredRecord>(_ type: Record.Type, _ row: StoredRow) throws -> Record {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .secondsSince1970
        do {
            let version = try decoder.decode(VersionOnly.self, from: row.value).v
            guard version <= Record.version else {
                throw StoreError(
                    "\(row.kind) \(row.key) has version \(version); this program reads up to \(Record.version)")
            }
            return try decoder.decode(Envelope<Record>.self, from: row.value).record
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError("\(row.kind) \(row.key) cannot be read: \(error)")
        }
    }
}
