/// Which capacity provider each task of a request or a service belongs to.
///
/// First the base is filled. Every further task goes to the provider that is furthest behind its share of them, by weight;
/// of equal ones to the first in the list. Providers with weight 0 get their base and no more.
///
/// - Source: spec/ecs-scheduling.md section 6, "Strategy maths"; API Reference, CapacityProviderStrategyItem.
package struct CapacityProviderStrategy: Hashable, Sendable {
    package struct Item: Hashable, Sendable {
        package let provider: String
        package let base: Int
        package let weight: Int

        /// - Precondition: neither number is negative.
        package init(provider: String, base: Int, weight: Int) {
            precondition(base >= 0 && weight >= 0, "bases and weights are not negative")
            self.provider = provider
            self.base = base
            self.weight = weight
        }
    }

    /// Each provider once.
    package let items: [Item]

    package init(_ items: [Item]) {
        self.items = items
    }

    /// How many of `count` more tasks each provider gets.
    ///
    /// - Parameter current: how many it has already, of those that count together: a service's, or none for RunTask.
    /// - Returns: a number for each item, in the items' order. Their sum is less than `count` only if no item has a weight.
    package func shares(of count: Int, current: [String: Int] = [:]) -> [Int] {
        var added = [Int](repeating: 0, count: items.count)
        let before = items.map { current[$0.provider] ?? 0 }
        let weight = items.reduce(0) { $0 + $1.weight }
        for _ in 0..<max(0, count) {
            if let index = items.indices.first(where: { before[$0] + added[$0] < items[$0].base }) {
                added[index] += 1
                continue
            }
            let beyondBase = items.indices.map { max(0, before[$0] + added[$0] - items[$0].base) }
            let next = beyondBase.reduce(1, +)
            // What a provider lacks of its share, times the sum of the weights: whole numbers, so that ties are ties.
            let lacks = items.indices.map { items[$0].weight * next - beyondBase[$0] * weight }
            let able = items.indices.filter { items[$0].weight > 0 }
            guard let most = able.map({ lacks[$0] }).max(), let index = able.first(where: { lacks[$0] == most }) else {
                break
            }
            added[index] += 1
        }
        return added
    }
}
