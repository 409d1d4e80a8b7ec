import CSQLite

/// The C handle of a database, closed when its last user (the database or one of its statements) goes.
final class Connection {
    let handle: OpaquePointer

    /// - Parameter path: opened for reading and writing, and made if it is not there.
    init(path: String) throws(SQLiteError) {
        var handle: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let code = sqlite3_open_v2(path, &handle, flags, nil)
        guard code == SQLITE_OK, let handle else {
            let message = handle.map { String(cString: sqlite3_errmsg($0)) } ?? String(cString: sqlite3_errstr(code))
            // A handle may come back from a failed open, and then it has to be closed too.
            sqlite3_close_v2(handle)
            throw SQLiteError(code: code & 0xFF, extendedCode: code, message: message, sql: "open \(path)")
        }
        self.handle = handle
    }

    deinit {
        // `_v2` waits for statements that outlive the connection, so it has no failure to report.
        sqlite3_close_v2(handle)
    }

    /// The one place that turns a result code into an error.
    func check(_ code: Int32, _ sql: @autoclosure () -> String) throws(SQLiteError) {
        guard code != SQLITE_OK else { return }
        throw error(code, sql())
    }

    func error(_ code: Int32, _ sql: String) -> SQLiteError {
        // The message belongs to the last call on the handle, which is the one that gave this code.
        SQLiteError(
            code: code & 0xFF, extendedCode: code, message: String(cString: sqlite3_errmsg(handle)), sql: sql)
    }
}
