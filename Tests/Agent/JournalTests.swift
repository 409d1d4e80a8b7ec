import AgentJournal
import AgentProtocol
import Foundation
import SQLite
import Testing

@Suite struct JournalTests {
    private final class Scratch {
        let path = NSTemporaryDirectory() + "journal-\(UUID().uuidString)"
        init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    private let scratch: Scratch
    init() throws { scratch = try Scratch() }

    private func open() throws -> (journal: Journal, setAside: String?) {
        try Journal.open(directory: scratch.path, now: startOfTime)
    }

    private func record(_ id: String) -> TaskRecord {
        var record = TaskRecord(
            assignment: assignment(
                id, [container("web", ports: [port(40000, dynamic: true)]), container("b", essential: false)]))
        record.holdsPorts = true
        record.stopCode = .essentialContainerExited
        record.stoppedReason = "x\u{0}y"
        record.pullStartedAt = startOfTime.addingTimeInterval(0.25)
        record.containers[0].phase = .stopped
        record.containers[0].exitCode = 137
        return record
    }

    @Test func whatIsCommittedIsThereAgain() async throws {
        var batch = Journal.Batch()
        batch.records = [record("1"), record("2")]
        let box = PulledImage(name: "box", pulledAt: startOfTime, usedAt: startOfTime)
        batch.pulledImages = [box, box]
        try await open().journal.commit(batch)
        var second = Journal.Batch()
        second.removedTaskArns = [taskArn("2"), taskArn("never")]
        try await open().journal.commit(second)
        let contents = try await open().journal.load()
        #expect(contents.tasks == [record("1")])
        #expect(contents.pulledImages == [box])
        #expect(contents.unreadableTaskArns.isEmpty)
    }

    @Test func theHostIsRemembered() async throws {
        let registration = HostRegistration(
            cluster: "default", key: .init(accessKeyID: "A", secretAccessKey: "S", region: "R"),
            containerInstanceArn: "arn")
        #expect(try await open().journal.registration() == HostRegistration())
        try await open().journal.setRegistration(registration)
        #expect(try await open().journal.registration() == registration)
    }

    @Test(arguments: [0, 100, 5000])
    func whatCannotBeReadIsSetAside(offset: Int) async throws {
        do {
            var batch = Journal.Batch()
            batch.records = (0..<50).map { record("\($0)") }
            try await open().journal.commit(batch)
        }
        let path = scratch.path + "/journal.db"
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        for index in offset..<min(bytes.count, offset + 4000) { bytes[index] = 0x5A }
        try bytes.write(to: URL(fileURLWithPath: path))
        let (journal, setAside) = try open()
        let aside = try #require(setAside)
        #expect(try Data(contentsOf: URL(fileURLWithPath: aside)) == bytes)
        #expect(try await journal.load().tasks.isEmpty)
        #expect(try open().setAside == nil)
    }

    @Test func oneRecordThatCannotBeReadCostsNoOther() async throws {
        var batch = Journal.Batch()
        batch.records = [record("1"), record("2")]
        try await open().journal.commit(batch)
        do {
            let database = try Database(path: scratch.path + "/journal.db")
            try database.run("UPDATE tasks SET record = ? WHERE arn = ?", [.text("{}"), .text(taskArn("1"))])
        }
        let contents = try await open().journal.load()
        #expect(contents.tasks.map(\.taskArn) == [taskArn("2")])
        #expect(contents.unreadableTaskArns == [taskArn("1")])
        let database = try Database(path: scratch.path + "/journal.db")
        #expect(
            try database.query("SELECT arn, record FROM unreadable_tasks") { "\($0.text(0) ?? "") \($0.text(1) ?? "")" }
                == ["\(taskArn("1")) {}"])
    }

    /// Before images had ages.
    @Test func theFirstVersionsImagesAreAsOldAsTheUpgrade() async throws {
        _ = try open()
        do {
            let database = try Database(path: scratch.path + "/journal.db")
            try database.execute(
                """
                DROP TABLE pulled_images;
                CREATE TABLE pulled_images (image TEXT PRIMARY KEY) WITHOUT ROWID;
                INSERT INTO pulled_images VALUES ('box');
                PRAGMA user_version = 1;
                """)
        }
        let before = Date().addingTimeInterval(-1)
        let (journal, setAside) = try open()
        #expect(setAside == nil)
        let images = try await journal.load().pulledImages
        #expect(images.map(\.name) == ["box"])
        #expect(images.allSatisfy { $0.pulledAt > before && $0.usedAt == $0.pulledAt })
    }

    @Test func aNewerJournalIsLeftAlone() async throws {
        _ = try open()
        do {
            let database = try Database(path: scratch.path + "/journal.db")
            try database.execute("PRAGMA user_version = 99")
        }
        #expect(throws: JournalError.self) { try open() }
    }

    @Test func onlyItsOwnerMayReadIt() throws {
        _ = try open()
        let attributes = try FileManager.default.attributesOfItem(atPath: scratch.path + "/journal.db")
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test func theIdentityStays() throws {
        let id = try AgentIdentity.load(directory: scratch.path)
        #expect(UUID(uuidString: id) != nil)
        #expect(try AgentIdentity.load(directory: scratch.path) == id)
        try Data("damaged".utf8).write(to: URL(fileURLWithPath: scratch.path + "/agent-id"))
        let other = try AgentIdentity.load(directory: scratch.path)
        #expect(UUID(uuidString: other) != nil)
        #expect(try AgentIdentity.load(directory: scratch.path) == other)
    }
}
