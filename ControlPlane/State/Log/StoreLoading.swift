import Dispatch
import Synchronization

/// Decodes the rows of a store on other threads while the store reads on. What comes of it does not depend on who was
/// faster: records are in the order of their rows, and of several rows that cannot be read the first is reported.
final class StoreLoading: Sendable {
    /// Rows that one thread decodes at a time: enough that handing them over costs nothing, few enough that none idles
    /// at the end.
    private static let runLength = 1024
    /// Runs that wait or are being decoded; beyond that the thread that reads decodes one itself.
    private static let runLimit = 8

    private struct Outcome {
        var rows = DecodedRows()
        var failure: (any Error)?
    }

    private struct Shared {
        /// Rows that are not handed over yet.
        var next: [StoredRow] = []
        var runCount = 0
        var pendingRuns = 0
        var outcomes: [Int: Outcome] = [:]
        var hasFailed = false
        var decoder = RowDecoder()
    }

    private let shared = Mutex(Shared())
    private let queue = DispatchQueue(label: "stevedore.loading", attributes: .concurrent)
    private let group = DispatchGroup()

    /// - Throws: ``StoreError`` of this row or an earlier one.
    func take(_ row: StoredRow) throws {
        let (isFull, hasFailed) = shared.withLock { shared in
            shared.next.append(row)
            return (shared.next.count >= Self.runLength, shared.hasFailed)
        }
        if isFull { handOver() }
        if hasFailed { try throwFirstFailure() }
    }

    /// Everything that a store holds, in the order in which it came.
    struct Loaded: Sendable {
        var others: [Change] = []
        var launches: [LaunchRecord] = []
        /// In pieces: putting them together takes long.
        var tasks: [[TaskRecord]] = []
        var old: [(key: String, task: TaskRecord)] = []
    }

    /// Everything that was taken.
    ///
    /// - Throws: ``StoreError`` of the first row that cannot be read.
    func finish() throws -> Loaded {
        try throwFirstFailure()
        return try shared.withLock { shared in
            var all = Loaded()
            var waiting: [StoredRow] = []
            for run in 0..<shared.runCount {
                guard let rows = shared.outcomes.removeValue(forKey: run)?.rows else { continue }
                all.others += rows.others
                all.launches += rows.launches
                if !rows.tasks.isEmpty { all.tasks.append(rows.tasks) }
                waiting += rows.waiting
                all.old += rows.old
            }
            all.tasks.append(try waiting.map { try shared.decoder.decodeWaiting($0) })
            return all
        }
    }

    private func throwFirstFailure() throws {
        handOver()
        group.wait()
        try shared.withLock { shared in
            guard let first = shared.outcomes.filter({ $0.value.failure != nil }).keys.min() else { return }
            if let failure = shared.outcomes[first]?.failure { throw failure }
        }
    }

    private func handOver() {
        let (rows, run, isBusy) = shared.withLock { shared in
            defer {
                shared.next = []
                shared.next.reserveCapacity(Self.runLength)
                shared.runCount += 1
                shared.pendingRuns += 1
            }
            return (shared.next, shared.runCount, shared.pendingRuns >= Self.runLimit)
        }
        if isBusy { return decode(rows, run: run) }
        queue.async(group: group) { self.decode(rows, run: run) }
    }

    private func decode(_ rows: [StoredRow], run: Int) {
        var decoder = shared.withLock { $0.decoder }
        var outcome = Outcome()
        do {
            for row in rows { try decoder.decode(row, into: &outcome.rows) }
        } catch {
            outcome.failure = error
        }
        shared.withLock { shared in
            shared.pendingRuns -= 1
            if outcome.failure != nil { shared.hasFailed = true }
            shared.decoder.learn(from: decoder)
            shared.outcomes[run] = outcome
        }
    }
}
