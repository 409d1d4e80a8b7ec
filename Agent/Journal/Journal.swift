package import AgentProtocol
package import FoundationEssentials
import SQLite

/// The part of the journal that the engine writes: its tasks.
package protocol TaskJournal: Sendable {
    func load() async throws -> Journal.Contents
    /// Writes a batch in one transaction. All of it is on disk when this returns, or none of it if it throws.
    func commit(_ batch: Journal.Batch) async throws
}

/// What the agent remembers over its own end: written before the effect it describes, on disk when a call returns.
///
/// One SQLite file in the data directory, for its owner's eyes only: it holds the host's key.
package actor Journal: TaskJournal {
    private let executor = DatabaseExecutor(label: "stevedore.journal")
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let database: Database

    /// Each step is run once, in its own transaction, and never changed afterwards.
    private static let migrations: [String] = [
        """
        CREATE TABLE facts (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
        CREATE TABLE tasks (arn TEXT PRIMARY KEY, record BLOB NOT NULL);
        CREATE TABLE unreadable_tasks (arn TEXT, record BLOB, reason TEXT);
        CREATE TABLE pulled_images (image TEXT PRIMARY KEY) WITHOUT ROWID;
        """,
        // An age of nothing for what was pulled before: it is not removed before its time.
        """
        ALTER TABLE pulled_images ADD COLUMN pulled_at REAL NOT NULL DEFAULT 0;
        ALTER TABLE pulled_images ADD COLUMN used_at REAL NOT NULL DEFAULT 0;
        UPDATE pulled_images SET pulled_at = strftime('%s', 'now'), used_at = strftime('%s', 'now');
        """,
    ]

    private init(database: sending Database) {
        self.database = database
    }

    /// Opens the journal of a data directory, and makes it if there is none.
    ///
    /// A file that SQLite cannot make sense of is renamed, never deleted, and an empty journal takes its place.
    ///
    /// - Returns: the journal, and the name under which an unreadable one was set aside.
    package static func open(directory: String, now: Date) throws -> (journal: Journal, setAside: String?) {
        let path = directory + "/journal.db"
        do {
            return (try openFile(path), nil)
        } catch let error as SQLiteError where error.isCorruption {
            let aside = "\(path).unreadable-\(Int(now.timeIntervalSince1970))"
            for suffix in ["", "-wal", "-shm"] where FileManager.default.fileExists(atPath: path + suffix) {
                try FileManager.default.moveItem(atPath: path + suffix, toPath: aside + suffix)
            }
            return (try openFile(path), aside)
        }
    }

    /// Looks into the journal of an agent that runs: nothing is checked, changed or set aside.
    ///
    /// - Returns: nil if there is none.
    package static func look(directory: String) throws -> Journal? {
        let path = directory + "/journal.db"
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let database = try Database(path: path, cacheKiB: 256)
        let version = try database.query("PRAGMA user_version") { Int($0.int64(0)) }.first ?? 0
        guard version == migrations.count else {
            throw JournalError(message: "\(path) was written by another version of the agent; restart it first")
        }
        return Journal(database: database)
    }

    private static func openFile(_ path: String) throws -> Journal {
        let database = try Database(path: path, cacheKiB: 256)
        if let damage = try database.quickCheck() {
            throw SQLiteError(code: 11, extendedCode: 11, message: damage, sql: "check \(path)")
        }
        let version = try database.query("PRAGMA user_version") { Int($0.int64(0)) }.first ?? 0
        guard version <= migrations.count else {
            throw JournalError(message: "\(path) was written by a newer agent (its version is \(version))")
        }
        for (index, step) in migrations.enumerated().dropFirst(version) {
            try database.transaction {
                try database.execute(step)
                try database.execute("PRAGMA user_version = \(index + 1)")
            }
        }
        return Journal(database: database)
    }

    // MARK: - Tasks

    package struct Contents: Sendable {
        package var tasks: [TaskRecord]
        package var pulledImages: [PulledImage]
        /// ARNs of tasks whose record this version cannot read; it was moved aside inside the journal.
        package var unreadableTaskArns: [String]
    }

    package func load() throws -> Contents {
        var contents = Contents(tasks: [], pulledImages: [], unreadableTaskArns: [])
        let rows = try database.query("SELECT arn, record FROM tasks ORDER BY arn") {
            (arn: $0.text(0) ?? "", record: $0.data(1) ?? Data())
        }
        for row in rows {
            do {
                contents.tasks.append(try AgentCoding.decode(TaskRecord.self, from: row.record))
            } catch {
                contents.unreadableTaskArns.append(row.arn)
                try database.transaction {
                    try database.run(
                        "INSERT INTO unreadable_tasks VALUES (?, ?, ?)",
                        [.text(row.arn), .data(row.record), .text("\(error)")])
                    try database.run("DELETE FROM tasks WHERE arn = ?", [.text(row.arn)])
                }
            }
        }
        contents.pulledImages = try PulledImage.all(in: database)
        return contents
    }

    /// Changes that belong together.
    package struct Batch: Sendable {
        package var records: [TaskRecord] = []
        package var removedTaskArns: [String] = []
        package var pulledImages: [PulledImage] = []
        /// Names of images whose last task was forgotten now, if this agent pulled them.
        package var usedImages: [String: Date] = [:]
        package var removedImages: [String] = []

        package init() {}

        package var isEmpty: Bool {
            records.isEmpty && removedTaskArns.isEmpty && pulledImages.isEmpty && usedImages.isEmpty
                && removedImages.isEmpty
        }
    }

    /// Writes a batch in one transaction. All of it is on disk when this returns, or none of it if it throws.
    package func commit(_ batch: Batch) throws {
        let encoded = try batch.records.map { (arn: $0.taskArn, data: try AgentCoding.encode($0)) }
        try database.transaction {
            for record in encoded {
                try database.run(
                    "INSERT INTO tasks VALUES (?, ?) ON CONFLICT (arn) DO UPDATE SET record = excluded.record",
                    [.text(record.arn), .data(record.data)])
            }
            for arn in batch.removedTaskArns { try database.run("DELETE FROM tasks WHERE arn = ?", [.text(arn)]) }
            try PulledImage.write(batch, to: database)
        }
    }

    /// The tasks that are not over, or whose end the control plane has not heard of.
    package func openTaskCount() throws -> Int {
        try database.query("SELECT record FROM tasks") { row in
            try AgentCoding.decode(TaskRecord.self, from: row.data(0) ?? Data())
        }.count { !$0.isStopped || !$0.isAcknowledged }
    }

    // MARK: - The host itself

    package func registration() throws -> HostRegistration {
        let rows = try database.query("SELECT value FROM facts WHERE name = 'registration'") { $0.data(0) ?? Data() }
        guard let row = rows.first else { return HostRegistration() }
        return try AgentCoding.decode(HostRegistration.self, from: row)
    }

    package func setRegistration(_ registration: HostRegistration) throws {
        try database.run(
            "INSERT INTO facts VALUES ('registration', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            [.data(try AgentCoding.encode(registration))])
    }
}

/// Who this host is to its control plane.
package struct HostRegistration: Codable, Sendable, Hashable {
    /// The cluster that it joined.
    package var cluster: String?
    /// The key that joining gave to the host.
    package var key: JoinReply?
    package var containerInstanceArn: String?

    package init(cluster: String? = nil, key: JoinReply? = nil, containerInstanceArn: String? = nil) {
        self.cluster = cluster
        self.key = key
        self.containerInstanceArn = containerInstanceArn
    }
}

package struct JournalError: Error, Sendable, CustomStringConvertible {
    package var message: String
    package var description: String { message }
}
