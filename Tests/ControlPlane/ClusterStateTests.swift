import ControlPlaneState
import ControlPlaneStore
import Foundation
import Support
import Synchronization
import Testing

@Suite struct ClusterStateTests {
    private static let now = TestControlPlane.start

    private struct Refused: Error {}

    private static func cluster(_ name: String) -> ClusterRecord {
        ClusterRecord(name: ClusterName(name), createdAt: now)
    }

    @Test func acknowledgesOnlyWhatIsDurable() async throws {
        let store = FakeStore()
        let state = try ClusterState(store: store, log: .discarding)
        store.hold()
        let acknowledged = Mutex(false)
        let writer = Task {
            try await state.transact { tx in tx.put(Self.cluster("a")) }
            acknowledged.withLock { $0 = true }
        }
        while state.peek({ $0.clusters[ClusterName("a")] == nil }) { await Task.yield() }
        #expect(store.rowCount == 0)
        #expect(!acknowledged.withLock { $0 })
        store.release()
        try await writer.value
        #expect(store.rowCount == 1)
    }

    @Test func aReadWaitsForWhatItSaw() async throws {
        let store = FakeStore()
        let state = try ClusterState(store: store, log: .discarding)
        store.hold()
        let pending = try state.transactNow { tx in tx.put(Self.cluster("a")) }
        let hasRead = Mutex(false)
        let reader = Task {
            let seen = try await state.view { $0.clusters[ClusterName("a")] != nil }
            hasRead.withLock { $0 = true }
            return seen
        }
        for _ in 0..<100 { await Task.yield() }
        #expect(!hasRead.withLock { $0 })
        store.release()
        #expect(try await reader.value)
        try await state.durable(pending.revision)
    }

    @Test func groupsWhatQueuesWhileAFlushRuns() async throws {
        let store = FakeStore()
        let state = try ClusterState(store: store, log: .discarding)
        store.hold()
        for index in 0..<50 { _ = try state.transactNow { tx in tx.put(Self.cluster("c\(index)")) } }
        store.release()
        try await state.transact { tx in tx.put(Self.cluster("last")) }
        #expect(store.commits.count <= 3)
        #expect(store.commits.flatMap { $0 }.count == 51)
    }

    @Test func aRefusedTransactionLeavesNothing() async throws {
        let state = try ClusterState(store: FakeStore(), log: .discarding)
        try await state.transact { tx in tx.put(Self.cluster("kept")) }
        do {
            try await state.transact { tx throws(Refused) in
                tx.put(Self.cluster("new"))
                var kept = Self.cluster("kept")
                kept.status = .inactive
                tx.put(kept)
                throw Refused()
            }
            Issue.record("the transaction was not refused")
        } catch TransactionError<Refused>.body {}
        state.peek { tables in
            #expect(tables.clusters[ClusterName("new")] == nil)
            #expect(tables.clusters[ClusterName("kept")]?.status == .active)
            #expect(tables.clusters.listed.count == 1)
        }
    }

    @Test func aFailedFlushIsFinal() async throws {
        let store = FakeStore()
        let state = try ClusterState(store: store, log: .discarding)
        store.fail("disk full")
        await #expect(throws: TransactionError<Never>.self) {
            try await state.transact { tx in tx.put(Self.cluster("a")) }
        }
        #expect(state.failure?.description.contains("disk full") == true)
        await #expect(throws: TransactionError<Never>.self) {
            try await state.transact { tx in tx.put(Self.cluster("b")) }
        }
        #expect(await state.untilFailure() != nil)
    }

    @Test func observersHearOnlyOfDurableChanges() async throws {
        final class Observer: ChangeObserver {
            let revisions = Mutex<[Revision]>([])
            func changed(_ changes: [Change], revision: Revision) { revisions.withLock { $0.append(revision) } }
        }
        let store = FakeStore()
        let state = try ClusterState(store: store, log: .discarding)
        let observer = Observer()
        state.add(observer: observer)
        store.hold()
        _ = try state.transactNow { tx in tx.put(Self.cluster("a")) }
        #expect(observer.revisions.withLock { $0 }.isEmpty)
        store.release()
        state.close()
        #expect(observer.revisions.withLock { $0 } == [1])
    }

    @Test func sqliteGivesBackWhatWasCommitted() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "stevedore-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let path = directory.appending(path: "state.sqlite").path
        let first = try ClusterState(store: try SQLiteStore(path: path), log: .discarding)
        try await first.transact { tx in
            tx.put(Self.cluster("a"))
            tx.put(TaskDefinitionFamilyRecord(family: "web", lastRevision: 7))
        }
        first.close()
        let second = try ClusterState(store: try SQLiteStore(path: path), log: .discarding)
        second.peek { tables in
            #expect(tables.clusters[ClusterName("a")]?.createdAt == Self.now)
            #expect(tables.taskDefinitions.family("web")?.lastRevision == 7)
        }
        second.close()
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }
}
