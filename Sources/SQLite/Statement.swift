import CSQLite
package import FoundationEssentials

/// A prepared statement: bind, step, read columns, and it is ready again after ``reset()``.
///
/// Confined like the ``Database`` it came from. Parameters count from 1 and columns from 0, as in SQLite.
package final class Statement {
    package let sql: String
    private let connection: Connection
    private let handle: OpaquePointer

    init(connection: Connection, sql: String, isCached: Bool) throws(SQLiteError) {
        var handle: OpaquePointer?
        let flags = isCached ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0
        try connection.check(sqlite3_prepare_v3(connection.handle, sql, -1, flags, &handle, nil), sql)
        guard let handle else {
            throw SQLiteError(
                code: SQLITE_MISUSE, extendedCode: SQLITE_MISUSE, message: "there is no statement in it", sql: sql)
        }
        self.connection = connection
        self.handle = handle
        self.sql = sql
    }

    deinit {
        // Repeats the code of the last step, which was reported there.
        sqlite3_finalize(handle)
    }

    /// Whether it has been stepped and neither finished nor reset.
    var isBusy: Bool { sqlite3_stmt_busy(handle) != 0 }

    /// Binds one value; nil binds NULL.
    package func bind(_ value: SQLiteValue, at index: Int) throws(SQLiteError) {
        let index = Int32(index)
        let code: Int32
        switch value {
        case .null:
            code = sqlite3_bind_null(handle, index)
        case .integer(let value):
            code = sqlite3_bind_int64(handle, index, value)
        case .real(let value):
            code = sqlite3_bind_double(handle, index, value)
        case .text(var text):
            code = text.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) { characters in
                    // A null pointer would bind NULL, which an empty string is not.
                    guard let base = characters.baseAddress else {
                        return stevedore_sqlite3_bind_text(handle, index, "", 0)
                    }
                    return stevedore_sqlite3_bind_text(handle, index, base, sqlite3_uint64(characters.count))
                }
            }
        case .data(let data):
            code = data.withUnsafeBytes { bindBlob($0, at: index) }
        case .bytes(let bytes):
            code = bytes.withUnsafeBytes { bindBlob($0, at: index) }
        }
        try connection.check(code, sql)
    }

    private func bindBlob(_ bytes: UnsafeRawBufferPointer, at index: Int32) -> Int32 {
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return sqlite3_bind_zeroblob(handle, index, 0) }
        return stevedore_sqlite3_bind_blob(handle, index, base, sqlite3_uint64(bytes.count))
    }

    /// Goes on to the next row.
    ///
    /// - Returns: whether there is one; false when the statement is done.
    package func step() throws(SQLiteError) -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw connection.error(code, sql)
        }
    }

    /// Makes it ready to be bound and stepped again, and forgets what was bound.
    package func reset() {
        // Both repeat the code of the last step, which was reported there.
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }

    /// Binds all values, steps to the end without looking at rows, and resets.
    package func run(_ values: [SQLiteValue] = []) throws(SQLiteError) {
        try forEachRow(values) { (_) throws(SQLiteError) in }
    }

    /// Binds all values, calls `body` at each row, and resets, also when `body` throws.
    package func forEachRow<Failure: Error>(
        _ values: [SQLiteValue] = [], _ body: (Row) throws(Failure) -> Void
    ) throws {
        defer { reset() }
        try bindAll(values)
        while try step() { try body(Row(handle: handle)) }
    }

    package func forEachRow(
        _ values: [SQLiteValue] = [], _ body: (Row) throws(SQLiteError) -> Void
    ) throws(SQLiteError) {
        defer { reset() }
        try bindAll(values)
        while try step() { try body(Row(handle: handle)) }
    }

    private func bindAll(_ values: [SQLiteValue]) throws(SQLiteError) {
        for (offset, value) in values.enumerated() { try bind(value, at: offset + 1) }
    }

    /// The row that the last ``step()`` arrived at.
    package var row: Row { Row(handle: handle) }
}

/// The current row of a statement. Good until the statement moves on; what is read from it is a copy.
package struct Row {
    let handle: OpaquePointer

    package func isNull(_ column: Int) -> Bool { sqlite3_column_type(handle, Int32(column)) == SQLITE_NULL }

    /// The column as an integer; 0 for NULL.
    package func int64(_ column: Int) -> Int64 { sqlite3_column_int64(handle, Int32(column)) }

    /// The column as a number; 0 for NULL.
    package func double(_ column: Int) -> Double { sqlite3_column_double(handle, Int32(column)) }

    /// The column as text; nil for NULL. Bytes that are not UTF-8 become replacement characters.
    package func text(_ column: Int) -> String? {
        guard let text = sqlite3_column_text(handle, Int32(column)) else { return nil }
        let count = Int(sqlite3_column_bytes(handle, Int32(column)))
        return String(decoding: UnsafeBufferPointer(start: text, count: count), as: UTF8.self)
    }

    /// The column as bytes; nil for NULL, empty for an empty blob.
    package func data(_ column: Int) -> Data? {
        guard !isNull(column) else { return nil }
        guard let blob = sqlite3_column_blob(handle, Int32(column)) else { return Data() }
        return Data(bytes: blob, count: Int(sqlite3_column_bytes(handle, Int32(column))))
    }

    /// The column as bytes; nil for NULL, empty for an empty blob.
    package func bytes(_ column: Int) -> [UInt8]? {
        guard !isNull(column) else { return nil }
        guard let blob = sqlite3_column_blob(handle, Int32(column)) else { return [] }
        return Array(UnsafeRawBufferPointer(start: blob, count: Int(sqlite3_column_bytes(handle, Int32(column)))))
    }
}
