import CSQLite
import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#endif

/// One connection to a SQLite file: write-ahead log, `synchronous=FULL`, foreign keys on.
///
/// **Confinement.** SQLite's own locks are off (`NOMUTEX`), so a connection and its statements belong to one queue or
/// thread at a time. The type is not `Sendable`, and so the compiler keeps it there: hand it over once (`sending`) to
/// an actor that runs on a ``DatabaseExecutor``, since every call here may block for as long as the disk takes.
///
/// A commit that returns is on disk. Any failure is a ``SQLiteError``; a ``transaction(_:)`` that throws has left
/// nothing behind.
package final class Database {
    private let connection: Connection
    private var cache: [String: Statement] = [:]
    private var isInTransaction = false
    /// SQLite writes here while it is called, and so under this connection's confinement.
    private let logSize: UnsafeMutablePointer<Int32>

    /// Opens the file, and makes it, readable by its owner alone, if it is not there. Its directory must exist.
    ///
    /// - Parameters:
    ///   - busyTimeoutMilliseconds: how long a statement waits for another process's lock on the file.
    ///   - cacheKiB: the most memory that pages of the file may take.
    package init(path: String, busyTimeoutMilliseconds: Int = 5000, cacheKiB: Int = 2048) throws(SQLiteError) {
        try Self.makeFile(path)
        connection = try Connection(path: path)
        logSize = .allocate(capacity: 1)
        logSize.initialize(to: 0)
        try connection.check(
            sqlite3_busy_timeout(connection.handle, Int32(busyTimeoutMilliseconds)), "set the busy timeout")
        try execute("PRAGMA cache_size = -\(cacheKiB)")
        try execute("PRAGMA foreign_keys = ON")
        // Files that SQLite makes beside this one (-wal, -shm) take this one's mode.
        let mode = try scalarText("PRAGMA journal_mode = WAL")
        guard mode == "wal" else {
            throw SQLiteError(
                code: SQLITE_ERROR, extendedCode: SQLITE_ERROR,
                message: "the write-ahead log is not to be had here, the journal mode stays \(mode ?? "unknown")",
                sql: "PRAGMA journal_mode = WAL")
        }
        try execute("PRAGMA synchronous = FULL")
    }

    deinit {
        _ = sqlite3_wal_hook(connection.handle, nil, nil)
        logSize.deallocate()
    }

    private static func makeFile(_ path: String) throws(SQLiteError) {
        // O_EXCL: closing a descriptor of a file that SQLite has open elsewhere in this process would drop its locks.
        let descriptor = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
        if descriptor >= 0 {
            close(descriptor)
            return
        }
        let reason = errno
        guard reason != EEXIST else { return }
        throw SQLiteError(
            code: SQLITE_CANTOPEN, extendedCode: SQLITE_CANTOPEN, message: String(cString: strerror(reason)),
            sql: "make the file \(path)")
    }

    /// Runs one or more statements that take no values and give no rows that matter.
    package func execute(_ sql: String) throws(SQLiteError) {
        try connection.check(sqlite3_exec(connection.handle, sql, nil, nil, nil), sql)
    }

    /// A statement ready to be bound. The same text gives the same statement, prepared once, unless that one is still
    /// in the middle of its rows.
    package func prepare(_ sql: String) throws(SQLiteError) -> Statement {
        if let statement = cache[sql] {
            guard statement.isBusy else {
                statement.reset()
                return statement
            }
            return try Statement(connection: connection, sql: sql, isCached: false)
        }
        let statement = try Statement(connection: connection, sql: sql, isCached: true)
        cache[sql] = statement
        return statement
    }

    /// Runs a statement to its end. To be used with constant text: it is kept prepared.
    package func run(_ sql: String, _ values: [SQLiteValue] = []) throws(SQLiteError) {
        try prepare(sql).run(values)
    }

    /// Makes something of each row of a query. To be used with constant text: it is kept prepared.
    package func query<Element>(
        _ sql: String, _ values: [SQLiteValue] = [], _ transform: (Row) throws -> Element
    ) throws -> [Element] {
        var elements: [Element] = []
        try prepare(sql).forEachRow(values) { (row) throws in elements.append(try transform(row)) }
        return elements
    }

    /// Runs `body` inside `BEGIN IMMEDIATE … COMMIT`. What it throws rolls everything back, and is thrown on.
    ///
    /// Transactions do not nest.
    package func transaction<Result>(_ body: () throws -> Result) throws -> Result {
        precondition(!isInTransaction, "a transaction inside a transaction")
        try execute("BEGIN IMMEDIATE")
        isInTransaction = true
        defer { isInTransaction = false }
        do {
            let result = try body()
            try execute("COMMIT")
            return result
        } catch {
            // Some failures (a full disk, an I/O error) have rolled back by themselves already.
            if sqlite3_get_autocommit(connection.handle) == 0 {
                do {
                    try execute("ROLLBACK")
                } catch let rollbackError {
                    throw SQLiteError(
                        code: rollbackError.code, extendedCode: rollbackError.extendedCode,
                        message: "\(rollbackError.message), after \(error)", sql: "ROLLBACK")
                }
            }
            throw error
        }
    }

    /// Rows that the last INSERT, UPDATE or DELETE changed.
    package var changedRowCount: Int { Int(sqlite3_changes64(connection.handle)) }

    package var lastInsertedRowID: Int64 { sqlite3_last_insert_rowid(connection.handle) }

    /// SQLite's own check of the file's structure.
    ///
    /// - Returns: nil if it is sound, else what SQLite found first.
    package func quickCheck() throws(SQLiteError) -> String? {
        let result = try scalarText("PRAGMA quick_check(1)")
        return result == "ok" ? nil : result ?? "no answer"
    }

    /// Copies the write-ahead log into the file and cuts it to nothing, as far as readers allow.
    package func checkpoint() throws(SQLiteError) {
        try execute("PRAGMA wal_checkpoint(TRUNCATE)")
    }

    /// From now on nobody copies the write-ahead log into the file but who calls for it; see ``pagesInLog``.
    package func takeOverCheckpoints() {
        _ = sqlite3_wal_hook(connection.handle, noteLogSize, logSize)
    }

    /// Pages in the write-ahead log after the last commit, once ``takeOverCheckpoints()`` was called.
    package var pagesInLog: Int { Int(logSize.pointee) }

    /// Copies as much of the write-ahead log into the file as can be done without waiting for anybody, and without
    /// keeping a writer on another connection from going on. When all of it was copied the next commit begins the log
    /// anew.
    package func checkpointPassively() throws(SQLiteError) {
        try execute("PRAGMA wal_checkpoint(PASSIVE)")
    }

    private func scalarText(_ sql: String) throws(SQLiteError) -> String? {
        let statement = try Statement(connection: connection, sql: sql, isCached: false)
        return try statement.step() ? statement.row.text(0) : nil
    }
}

/// After each commit; the context is the ``Database``'s `logSize`.
private func noteLogSize(
    _ context: UnsafeMutableRawPointer?, _ handle: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ pages: Int32
) -> Int32 {
    context?.assumingMemoryBound(to: Int32.self).pointee = pages
    return SQLITE_OK
}
