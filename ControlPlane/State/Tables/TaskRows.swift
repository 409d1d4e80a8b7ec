import Placement

/// Tasks by sequence number, and by id.
///
/// Made for millions inside a transaction: no step copies or rehashes all of them. Rows live in chunks that never move,
/// at the place that their sequence number says; ids are dealt out over many small dictionaries, which double one at a
/// time.
struct TaskRows: Sendable {
    private static let shardBits = 10
    private static let chunkBits = 8
    private static let chunkSize = 1 << chunkBits

    private struct Chunk: Sendable {
        var rows: [TaskRecord?] = []
        var count = 0
    }

    private var chunks: [Chunk] = []
    /// None before the first task.
    private var sequences: [[TaskID: Int]] = []
    private(set) var count = 0

    subscript(sequence: Int) -> TaskRecord? {
        let chunk = sequence >> Self.chunkBits
        guard chunks.indices.contains(chunk), !chunks[chunk].rows.isEmpty else { return nil }
        return chunks[chunk].rows[sequence & (Self.chunkSize - 1)]
    }

    func sequence(of id: TaskID) -> Int? { sequences.isEmpty ? nil : sequences[Self.shard(id)][id] }

    mutating func set(_ task: TaskRecord) {
        if sequences.isEmpty { sequences = [[TaskID: Int]](repeating: [:], count: 1 << Self.shardBits) }
        let index = task.sequence >> Self.chunkBits
        while chunks.count <= index { chunks.append(Chunk()) }
        if chunks[index].rows.isEmpty { chunks[index].rows = [TaskRecord?](repeating: nil, count: Self.chunkSize) }
        let place = task.sequence & (Self.chunkSize - 1)
        if chunks[index].rows[place] == nil {
            chunks[index].count += 1
            count += 1
            sequences[Self.shard(task.id)][task.id] = task.sequence
        }
        chunks[index].rows[place] = task
    }

    mutating func remove(_ task: TaskRecord) {
        let index = task.sequence >> Self.chunkBits
        let place = task.sequence & (Self.chunkSize - 1)
        guard self[task.sequence] != nil else { return }
        sequences[Self.shard(task.id)][task.id] = nil
        chunks[index].rows[place] = nil
        chunks[index].count -= 1
        count -= 1
        if chunks[index].count == 0 { chunks[index].rows = [] }
    }

    /// Ids are random, but tests count them.
    private static func shard(_ id: TaskID) -> Int {
        Int(truncatingIfNeeded: ((id.high ^ id.low) &* 0x9E37_79B9_7F4A_7C15) >> UInt64(64 - shardBits))
    }
}
