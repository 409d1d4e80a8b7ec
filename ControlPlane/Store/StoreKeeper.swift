import Dispatch
import SQLite
import Synchronization

/// A second connection to the store's file, for what takes long: it checks the file at the start, and later keeps the
/// write-ahead log short without making commits wait for it.
///
/// Copying the log into the file takes as long as writing it did, so a connection of its own does most of it, on a
/// thread of its own, while commits go on. What was committed meanwhile is little: the writer copies that itself, which
/// makes the log begin anew.
final class StoreKeeper: Sendable {
    /// 64 MiB of pages of 4 KiB: how much a start after a crash reads at most, and a little more.
    private static let pageLimit = 16_384

    private enum Phase {
        case idle, copying, copied
    }

    private let phase = Mutex(Phase.idle)
    /// Nil once closed. The lock confines the connection to one caller at a time.
    private let database: Mutex<Database?>
    private let damage = Mutex<String?>(nil)
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

    // MARK: Checking

    func beginCheck() {
        queue.async {
            let damage = self.database.withLock { database -> String? in
                do { return try database?.quickCheck() } catch { return "\(error)" }
            }
            self.damage.withLock { $0 = damage }
        }
    }

    /// Waits for the check.
    ///
    /// - Returns: what SQLite found, or why it could not look; nil if the file is sound.
    func endCheck() -> String? {
        queue.sync {}
        return damage.withLock { $0 }
    }

    func close() {
        queue.sync {}
        database.withLock { $0 = nil }
    }
}
