/// Which rows have a given value: an ordered set of row keys for each value that occurs.
package struct SecondaryIndex<Value: Hashable & Sendable, Key: Comparable & Sendable>: Sendable {
    private var rows: [Value: OrderedSet<Key>] = [:]

    package init() {}

    package subscript(value: Value) -> OrderedSet<Key>? { rows[value] }

    package func count(_ value: Value) -> Int { rows[value]?.count ?? 0 }

    mutating func insert(_ value: Value, _ key: Key) {
        rows[value, default: OrderedSet()].insert(key)
    }

    mutating func remove(_ value: Value, _ key: Key) {
        guard rows[value] != nil else { return }
        rows[value]?.remove(key)
        if rows[value]?.isEmpty == true { rows[value] = nil }
    }

    /// Moves a row from the value it had to the value it has.
    mutating func update(_ key: Key, from old: Value?, to new: Value?) {
        guard old != new else { return }
        if let old { remove(old, key) }
        if let new { insert(new, key) }
    }
}
