/// What SQLite, or the file system under it, said no to.
package struct SQLiteError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The primary result code: `SQLITE_BUSY` is 5, `SQLITE_FULL` 13, and so on (sqlite.org/rescode.html).
    package var code: Int32
    /// The extended result code, which says more: `SQLITE_IOERR_FSYNC` is 1034.
    package var extendedCode: Int32
    package var message: String
    /// The statement, with its placeholders and never with its values; or what was attempted where there is none.
    package var sql: String

    package init(code: Int32, extendedCode: Int32, message: String, sql: String) {
        self.code = code
        self.extendedCode = extendedCode
        self.message = message
        self.sql = sql
    }

    /// Whether the file is damaged or is no database at all, so that no later attempt can go better.
    package var isCorruption: Bool { code == 11 || code == 26 }

    /// Whether a constraint of the schema refused the change.
    package var isConstraintViolation: Bool { code == 19 }

    package var description: String { "SQLite: \(sql): \(message) (\(extendedCode))" }
}
