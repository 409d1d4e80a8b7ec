package import ControlPlaneState
import FoundationEssentials
import SQLite
import Synchronization

/// The embedded store: one SQLite file, write-ahead log, `synchronous=FULL`.
///
/// A commit is one transaction: its records and its revision get to the disk together or not at all.
///
/// | table | row |
/// | --- | --- |
/// | `record` | one record: kind, key, versioned JSON |
/// | `meta` | `schema`, the version of these tables; `revision`, the last commit |
package final class SQLiteStore: Store {
    /// The version of the tables above. Migrations from older ones are steps in ``migrate(_:)``.
    private static let schema = 1

    private static let insert = """
        INSERT INTO record (kind, key, value) VALUES (?, ?, ?)
        ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value
        """
    private static let delete = "DELETE FROM record WHERE kind = ? AND key = ?"

    /// Holds the tasks of the last seconds, which are the ones that change.
    private static let cacheKiB = 32 * 1024

    /// Nil once closed. The lock confines the connection to one caller at a time.
    private let database: Mutex<Database?>
    private let path: String
    private let keeper: StoreKeeper

    /// Opens the file, or makes it.
    ///
    /// - Throws: ``StoreError`` if it cannot be opened, is damaged, or was written by a newer version.
    package init(path: String) throws {
        self.path = path
        do {
            let database = try Database(path: path, cacheKiB: Self.cacheKiB)
            try Self.migrate(database, path: path)
            database.takeOverCheckpoints()
            keeper = StoreKeeper(try Database(path: path))
            self.database = Mutex(database)
        } catch let error as SQLiteError {
            throw StoreError("\(path) cannot be opened: \(error)")
        }
    }

    private static func migrate(_ database: Database, path: String) throws {
        try database.execute(
            "CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID")
        let found = try meta("schema", in: database)
        guard found <= schema else {
            throw StoreError("\(path) has schema \(found), written by a newer version; this one reads up to \(schema)")
        }
        guard found < schema else { return }
        try database.transaction {
            try database.execute(
                """
                CREATE TABLE record (
                    kind TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (kind, key)
                ) WITHOUT ROWID
                """)
            try setMeta("schema", schema, in: database)
            try setMeta("revision", 0, in: database)
        }
    }

    private static func meta(_ name: String, in database: Database) throws -> Int {
        try database.query("SELECT value FROM meta WHERE name = ?", [.text(name)]) { Int($0.int64(0)) }.first ?? 0
    }

    private static func setMeta(_ name: String, _ value: Int, in database: Database) throws {
        try database.run(
            "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            [.text(name), .integer(value)])
    }

    /// The file's structure is checked meanwhile, by another connection: that takes as long as reading it does.
    package func load(_ body: (StoredRow) throws -> Void) throws -> Revision {
        keeper.beginCheck()
        let revision: Result<Revision, any Error> = Result { try loadRows(body) }
        // A record that cannot be read may be the damage's doing: then that is what to say.
        if let damage = keeper.endCheck() {
            throw StoreError(
                "\(path) is damaged: \(damage). Keep the file, and start from a copy that passes sqlite3's integrity check"
            )
        }
        return try revision.get()
    }

    private func loadRows(_ body: (StoredRow) throws -> Void) throws -> Revision {
        try withDatabase { database in
            try database.prepare("SELECT kind, key, value FROM record").forEachRow { (row: Row) throws in
                guard let kind = row.text(0), let key = row.text(1), let value = row.data(2) else {
                    throw StoreError("\(path) holds a record without kind, key or value")
                }
                try body(StoredRow(kind: kind, key: key, value: value))
            }
            return try Self.meta("revision", in: database)
        }
    }

    package func commit(_ mutations: [StoreMutation], revision: Revision) throws {
        try withDatabase { database in
            let insert = try database.prepare(Self.insert)
            let delete = try database.prepare(Self.delete)
            try database.transaction {
                for mutation in mutations {
                    if let value = mutation.value {
                        try insert.run([.text(mutation.kind), .text(mutation.key), .data(value)])
                    } else {
                        try delete.run([.text(mutation.kind), .text(mutation.key)])
                    }
                }
                try Self.setMeta("revision", revision, in: database)
            }
            try keeper.committed(on: database)
        }
    }

    package func compact() throws {
        try withDatabase { try $0.checkpoint() }
    }

    package func close() {
        keeper.close()
        database.withLock { $0 = nil }
    }

    private func withDatabase<Result: Sendable>(_ body: (Database) throws -> Result) throws -> Result {
        try database.withLock { database in
            guard let open = database else { throw StoreError("\(path) is closed") }
            do {
                return try body(open)
            } catch let error as SQLiteError {
                throw StoreError("\(path): \(error)")
            }
        }
    }
}
