package import ControlPlaneState
import Synchronization

/// A store in memory that outlives the control plane, as a disk does, and that can be told to fail.
package final class MemoryStore: Store {
    /// How the next commit fails. Either way the control plane is told that it did, and must not go on.
    package enum Fault: Sendable, CaseIterable {
        /// Nothing of it is kept.
        case lost
        /// It is kept, and nobody learns of it: a flush whose answer got lost.
        case keptUnknown
    }

    private struct Key: Hashable {
        var kind: String
        var key: String
    }

    private struct Contents {
        var rows: [Key: StoredRow] = [:]
        var revision = 0
        var fault: Fault?
    }

    private let contents = Mutex(Contents())

    package init() {}

    package var rowCount: Int { contents.withLock { $0.rows.count } }

    package func failNextCommit(_ fault: Fault) { contents.withLock { $0.fault = fault } }

    /// - Throws: what `body` throws.
    package func load(_ body: (StoredRow) throws -> Void) throws -> Revision {
        let (rows, revision) = contents.withLock { (Array($0.rows.values), $0.revision) }
        // In one order, so that a run replays.
        for row in rows.sorted(by: { ($0.kind, $0.key) < ($1.kind, $1.key) }) { try body(row) }
        return revision
    }

    /// - Throws: ``StoreError`` when it was told to fail.
    package func commit(_ mutations: [StoreMutation], revision: Revision) throws {
        try contents.withLock { contents in
            let fault = contents.fault
            contents.fault = nil
            if fault != .lost {
                for mutation in mutations {
                    contents.rows[Key(kind: mutation.kind, key: mutation.key)] = mutation.value.map {
                        StoredRow(kind: mutation.kind, key: mutation.key, value: $0)
                    }
                }
                contents.revision = revision
            }
            if fault != nil { throw StoreError("the simulated disk failed") }
        }
    }

    package func compact() {}
    package func close() {}
}
