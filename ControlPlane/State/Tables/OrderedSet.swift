/// A set of comparable keys that is walked in order, from any key on: what a page of a list is cut from.
///
/// Sorted chunks in an array. Insert, remove and seek cost a binary search and the move of at most one chunk, and an
/// append at the end (new tasks) moves nothing. A page costs what it holds, not what the set holds.
package struct OrderedSet<Key: Comparable & Sendable>: Sendable {
    private static var chunkLimit: Int { 512 }

    /// No chunk is empty.
    private var chunks: [[Key]] = []
    package private(set) var count = 0

    package init() {}

    package var isEmpty: Bool { count == 0 }
    package var first: Key? { chunks.first?.first }
    package var last: Key? { chunks.last?.last }

    /// Does nothing if the key is there already.
    package mutating func insert(_ key: Key) {
        guard let chunk = chunkIndex(for: key) else {
            chunks.append([key])
            count = 1
            return
        }
        let position = Self.lowerBound(key, in: chunks[chunk])
        if position < chunks[chunk].count, chunks[chunk][position] == key { return }
        chunks[chunk].insert(key, at: position)
        count += 1
        if chunks[chunk].count > Self.chunkLimit { split(chunk) }
    }

    /// Does nothing if the key is not there.
    package mutating func remove(_ key: Key) {
        guard let chunk = chunkIndex(for: key) else { return }
        let position = Self.lowerBound(key, in: chunks[chunk])
        guard position < chunks[chunk].count, chunks[chunk][position] == key else { return }
        chunks[chunk].remove(at: position)
        count -= 1
        if chunks[chunk].isEmpty { chunks.remove(at: chunk) }
    }

    package func contains(_ key: Key) -> Bool {
        guard let chunk = chunkIndex(for: key) else { return false }
        let position = Self.lowerBound(key, in: chunks[chunk])
        return position < chunks[chunk].count && chunks[chunk][position] == key
    }

    /// Calls `body` with each key greater than `key` (all of them for nil), in order, until it returns false.
    package func forEach(after key: Key?, _ body: (Key) -> Bool) {
        var chunk = 0
        var position = 0
        if let key {
            guard let start = chunkIndex(for: key) else { return }
            chunk = start
            position = Self.lowerBound(key, in: chunks[start])
            if position < chunks[start].count, chunks[start][position] == key { position += 1 }
        }
        while chunk < chunks.count {
            while position < chunks[chunk].count {
                guard body(chunks[chunk][position]) else { return }
                position += 1
            }
            chunk += 1
            position = 0
        }
    }

    /// The same from the greatest key down, for keys less than `key`.
    package func forEachDescending(before key: Key?, _ body: (Key) -> Bool) {
        guard var chunk = chunks.indices.last else { return }
        var end = chunks[chunk].count
        if let key {
            guard let start = chunkIndex(for: key) else { return }
            chunk = start
            end = Self.lowerBound(key, in: chunks[start])
        }
        while true {
            while end > 0 {
                end -= 1
                guard body(chunks[chunk][end]) else { return }
            }
            guard chunk > 0 else { return }
            chunk -= 1
            end = chunks[chunk].count
        }
    }

    /// The chunk that holds `key` or should: the last one whose first key is not greater, else the first.
    private func chunkIndex(for key: Key) -> Int? {
        guard !chunks.isEmpty else { return nil }
        var low = 0
        var high = chunks.count
        while low < high {
            let middle = (low + high) / 2
            if chunks[middle][0] <= key { low = middle + 1 } else { high = middle }
        }
        return max(0, low - 1)
    }

    private mutating func split(_ index: Int) {
        // Keys mostly arrive at the end; a full last chunk is left full and a new one begun.
        let keep = index == chunks.count - 1 ? Self.chunkLimit : chunks[index].count / 2
        let tail = Array(chunks[index][keep...])
        chunks[index].removeSubrange(keep...)
        chunks.insert(tail, at: index + 1)
    }

    private static func lowerBound(_ key: Key, in chunk: [Key]) -> Int {
        var low = 0
        var high = chunk.count
        while low < high {
            let middle = (low + high) / 2
            if chunk[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
