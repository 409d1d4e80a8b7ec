import ControlPlaneState
import Placement
import Testing

@Suite struct OrderedSetTests {
    /// Random inserts and removes against Swift's own Set.
    @Test(arguments: 0..<40) func agreesWithASet(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var ordered = OrderedSet<Int>()
        var reference: Set<Int> = []
        for _ in 0..<3000 {
            let key = Int.random(in: 0..<2000, using: &generator)
            if Int.random(in: 0..<3, using: &generator) > 0 {
                ordered.insert(key)
                reference.insert(key)
            } else {
                ordered.remove(key)
                reference.remove(key)
            }
        }
        let sorted = reference.sorted()
        #expect(ordered.count == sorted.count)
        #expect(collect(ordered, after: nil) == sorted)
        for bound in [-1, 0, 777, 1999, 2500] {
            #expect(collect(ordered, after: bound) == sorted.filter { $0 > bound })
            #expect(collectDown(ordered, before: bound) == sorted.filter { $0 < bound }.reversed())
            #expect(ordered.contains(bound) == reference.contains(bound))
        }
        #expect(collectDown(ordered, before: nil) == sorted.reversed())
        #expect(ordered.first == sorted.first)
        #expect(ordered.last == sorted.last)
    }

    @Test func stopsWhenToldTo() {
        var ordered = OrderedSet<Int>()
        for key in 0..<2000 { ordered.insert(key) }
        var seen: [Int] = []
        ordered.forEach(after: 510) { key in
            seen.append(key)
            return seen.count < 5
        }
        #expect(seen == [511, 512, 513, 514, 515])
    }

    private func collect(_ set: OrderedSet<Int>, after bound: Int?) -> [Int] {
        var keys: [Int] = []
        set.forEach(after: bound) { key in
            keys.append(key)
            return true
        }
        return keys
    }

    private func collectDown(_ set: OrderedSet<Int>, before bound: Int?) -> [Int] {
        var keys: [Int] = []
        set.forEachDescending(before: bound) { key in
            keys.append(key)
            return true
        }
        return keys
    }
}
