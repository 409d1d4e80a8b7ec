import Foundation
import SQLite
import Testing

/// A directory that goes when the test does.
private final class Scratch {
    let path = NSTemporaryDirectory() + "sqlite-" + UUID().uuidString
    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: path) }
    var file: String { path + "/test.db" }
}

private actor Owner {
    private let executor = DatabaseExecutor(label: "test")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    private let database: Database

    init(database: sending Database) { self.database = database }

    func count() throws -> Int { try database.query("SELECT 41 + 1") { Int($0.int64(0)) }[0] }
}

@Suite struct DatabaseTests {
    private let scratch: Scratch
    init() throws { scratch = try Scratch() }

    @Test(arguments: [
        SQLiteValue.null, .integer(Int64.min), .integer(Int64.max), .real(-1.5), .text(""), .text("a'\"\u{1F40B}\n"),
        .text("nul\0in it"),
        .data(Data()), .data(Data([0, 1, 255])), .bytes([]), .bytes([0, 9]),
    ])
    func valuesComeBackAsTheyWent(value: SQLiteValue) throws {
        let database = try Database(path: scratch.file)
        try database.execute("CREATE TABLE t (v ANY)")
        try database.run("INSERT INTO t VALUES (?)", [value])
        let read: [SQLiteValue] = try database.query("SELECT v FROM t") { row in
            switch value {
            case .null: row.isNull(0) ? .null : .text("not null")
            case .integer: .integer(row.int64(0))
            case .real: .real(row.double(0))
            case .text: .optional(row.text(0))
            case .data: .optional(row.data(0))
            case .bytes: row.bytes(0).map(SQLiteValue.bytes) ?? .null
            }
        }
        #expect(read == [value])
    }

    @Test func onlyTheOwnerMayReadTheFiles() throws {
        let database = try Database(path: scratch.file)
        try database.execute("CREATE TABLE t (v)")
        for suffix in ["", "-wal", "-shm"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: scratch.file + suffix)
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(suffix)")
        }
        let settings = try database.query("SELECT * FROM pragma_synchronous, pragma_journal_mode, pragma_foreign_keys")
        {
            "\($0.int64(0)) \($0.text(1) ?? "") \($0.int64(2))"
        }
        #expect(settings == ["2 wal 1"])
    }

    @Test func aTransactionThatThrowsLeavesNothing() throws {
        struct Stop: Error {}
        let database = try Database(path: scratch.file)
        try database.execute("CREATE TABLE t (v INTEGER PRIMARY KEY)")
        #expect(throws: Stop.self) {
            try database.transaction {
                try database.run("INSERT INTO t VALUES (1)")
                throw Stop()
            }
        }
        try database.transaction { try database.run("INSERT INTO t VALUES (2)") }
        #expect(try database.query("SELECT v FROM t") { $0.int64(0) } == [2])
        #expect(try database.quickCheck() == nil)
    }

    @Test func whatWasCommittedIsThereForTheNextConnection() throws {
        do {
            let database = try Database(path: scratch.file)
            try database.execute("CREATE TABLE t (v)")
            try database.run("INSERT INTO t VALUES (?)", ["kept"])
        }
        let again = try Database(path: scratch.file)
        #expect(try again.query("SELECT v FROM t") { $0.text(0) } == ["kept"])
    }

    @Test func errorsCarryCodeAndStatement() throws {
        let database = try Database(path: scratch.file)
        try database.execute("CREATE TABLE t (v INTEGER PRIMARY KEY)")
        try database.run("INSERT INTO t VALUES (?)", [1])
        do {
            try database.run("INSERT INTO t VALUES (?)", [1])
            Issue.record("a second row with the same key went in")
        } catch {
            #expect(error.isConstraintViolation)
            #expect(error.extendedCode == 1555)
            #expect(error.sql == "INSERT INTO t VALUES (?)")
        }
        // The statement is usable after its failure.
        try database.run("INSERT INTO t VALUES (?)", [2])
        #expect(throws: SQLiteError.self) { try database.prepare("SELEC 1") }
        #expect(throws: SQLiteError.self) { try database.prepare("") }
        #expect(throws: SQLiteError.self) { try Database(path: scratch.path + "/no/such/dir.db") }
    }

    @Test func aFileThatIsNoDatabaseIsCorruption() throws {
        try Data(repeating: 0x41, count: 8192).write(to: URL(fileURLWithPath: scratch.file))
        do {
            _ = try Database(path: scratch.file)
            Issue.record("opened")
        } catch {
            #expect(error.isCorruption)
        }
    }

    @Test func theSameQueryCanRunInsideItself() throws {
        let database = try Database(path: scratch.file)
        try database.execute("CREATE TABLE t (v); INSERT INTO t VALUES (1), (2)")
        let pairs = try database.query("SELECT v FROM t") { outer in
            try database.query("SELECT v FROM t") { "\(outer.int64(0))\($0.int64(0))" }
        }
        #expect(pairs == [["11", "12"], ["21", "22"]])
    }

    @Test func anActorOnItsOwnQueueMayOwnOne() async throws {
        let owner = Owner(database: try Database(path: scratch.file))
        #expect(try await owner.count() == 42)
    }
}
