import Placement
import Testing

@Suite struct CapacityProviderStrategyTests {
    struct Case: Sendable {
        var items: [(base: Int, weight: Int)]
        var count: Int
        var current: [Int] = []
        var shares: [Int]
    }

    static let cases: [Case] = [
        Case(items: [(0, 1)], count: 4, shares: [4]),
        Case(items: [(0, 1), (0, 1)], count: 3, shares: [2, 1]),
        Case(items: [(0, 1), (0, 4)], count: 10, shares: [2, 8]),
        Case(items: [(0, 1), (0, 4)], count: 1, shares: [0, 1]),
        Case(items: [(3, 1), (0, 1)], count: 2, shares: [2, 0]),
        Case(items: [(3, 1), (0, 1)], count: 9, shares: [6, 3]),
        // The base counts those that are there already.
        Case(items: [(3, 1), (0, 1)], count: 4, current: [2, 0], shares: [3, 1]),
        Case(items: [(0, 1), (0, 1)], count: 3, current: [3, 0], shares: [0, 3]),
        Case(items: [(2, 0), (0, 1)], count: 5, shares: [2, 3]),
        Case(items: [(2, 0)], count: 5, shares: [2]),
        Case(items: [(0, 0), (0, 3)], count: 5, shares: [0, 5]),
        Case(items: [(0, 3), (0, 2), (0, 1)], count: 6, shares: [3, 2, 1]),
        Case(items: [(0, 1000), (0, 1)], count: 10, shares: [10, 0]),
        Case(items: [(1, 1)], count: 0, shares: [0]),
    ]

    @Test(arguments: cases.indices) func shares(of number: Int) {
        let test = Self.cases[number]
        let items = test.items.enumerated().map {
            CapacityProviderStrategy.Item(provider: "p\($0.offset)", base: $0.element.base, weight: $0.element.weight)
        }
        let current = Dictionary(uniqueKeysWithValues: test.current.enumerated().map { ("p\($0.offset)", $0.element) })
        #expect(CapacityProviderStrategy(items).shares(of: test.count, current: current) == test.shares)
    }

    /// One by one or all at once is the same, and nobody is ever a whole task away from its share.
    @Test(arguments: 0..<100) func sharesAreFair(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let items = (0..<Int.random(in: 1...5, using: &random)).map {
            CapacityProviderStrategy.Item(
                provider: "p\($0)", base: $0 == 0 ? Int.random(in: 0...5, using: &random) : 0,
                weight: Int.random(in: 1...7, using: &random))
        }
        let strategy = CapacityProviderStrategy(items)
        let count = Int.random(in: 0...60, using: &random)
        let atOnce = strategy.shares(of: count)
        var current: [String: Int] = [:]
        for _ in 0..<count {
            for (item, share) in zip(items, strategy.shares(of: 1, current: current)) {
                current[item.provider, default: 0] += share
            }
        }
        #expect(atOnce == items.map { current[$0.provider] ?? 0 })
        #expect(atOnce.reduce(0, +) == count)
        let weight = items.reduce(0) { $0 + $1.weight }
        let shared = max(0, count - items[0].base)
        for (item, share) in zip(items, atOnce) {
            let lack = item.weight * shared - (max(0, share - item.base)) * weight
            #expect(abs(lack) < weight * items.count, "seed \(seed): \(items) \(atOnce)")
        }
    }
}
