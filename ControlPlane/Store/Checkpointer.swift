import Dispatch
import SQLite
import Synchronization

/// Keeps the write-ahead log short without making commits wait for it.
///
/// Copying the log into the file takes as long as writing it did, so a connection of its own does most of it, on a
/// thread of its own, while commits go on. What was committed meanwhile is little: the writer copies that itself, which
/// makes the log begin anew.
final class Checkpointer: Sendable {
    /// 64 MiB of pages of 4 KiB: how much a start after a crash reads at most, and a little more.
    private static let pageLimit = 16_384

    private enum Phase {
        case idle, copying, copied
    }

    private let phase = Mutex(Phase.idle)
    /// Nil once closed. The lock confines the connection to one caller at a time.
    private let database: Mutex<Database?>
    private let queue = DispatchQueue(label: "stevedore.checkpoint")

    init(_ database: sending Database) { self.database = Mutex(database) }

    /// - Parameter writer: the connection of the commit, which is over.
    /// - Throws: what keeps the log from being copied. The commit itself is on disk.
    func committed(on writer: Database) throws {
        guard writer.pagesInLog > Self.pageLimit else { return }
        let found = phase.withLock { phase in
            let found = phase
            phase = found == .idle ? .copying : found == .copied ? .idle : found
            return found
        }
        switch found {
        case .idle: queue.async { self.copy() }
        case .copying: break
        case .copied: try writer.checkpointPassively()
        }
    }

    private func copy() {
        database.withLock { database in
            // A failure is the writer's to report: it tries the same next.
            try? database?.checkpointPassively()
        }
        phase.withLock { $0 = .copied }
    }

    func close() {
        queue.sync {}
        database.withLock { $0 = nil }
    }
}
