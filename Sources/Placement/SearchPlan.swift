/// How a chain of strategies is searched.
struct SearchPlan: Sendable {
    /// What is compared after a `binpack`, in the chain's order.
    enum Tie: Hashable, Sendable {
        /// The group's tasks on the host.
        case instance
        /// The group's tasks in the bucket, as the attributes up to this one make it.
        case attribute(level: Int)
        /// What is left of the other resource.
        case otherResource
    }

    /// How a host is chosen in buckets that are alike.
    enum Choice: Sendable {
        case any
        /// The host with the fewest tasks of the group.
        case fewestTasks
        /// Of those with the fewest, the one with the least left.
        case fewestTasksThenLeast(PlacementStrategy.BinpackField)
        /// The host with the least left; of those that are alike in that, what is less in the ties.
        case least(PlacementStrategy.BinpackField, ties: [Tie])
    }

    /// All attributes that the chain spreads over, in its order.
    let spreadAttributes: [String]
    /// How many of them come first in the chain: the buckets are compared by these before any host is.
    let leadingCount: Int
    let choice: Choice

    /// - Parameter isDistinct: whether hosts with a task of the group are out.
    init(_ strategies: [PlacementStrategy], isDistinct: Bool) {
        let chain = Chain(strategies)
        spreadAttributes = chain.attributes
        leadingCount = chain.links.prefix { if case .attribute = $0 { true } else { false } }.count
        let rest = chain.links.dropFirst(leadingCount)
        switch rest.first {
        // A walk of the group's own tree passes by its hosts; a blind one would visit them.
        case nil, .attribute: choice = isDistinct ? .fewestTasks : .any
        case .instance:
            if case .least(let field)? = rest.dropFirst().first {
                choice = .fewestTasksThenLeast(field)
            } else {
                choice = .fewestTasks
            }
        case .least(let field):
            let ties: [Tie] = rest.dropFirst().map { link in
                switch link {
                case .instance: .instance
                case .attribute(let level): .attribute(level: level)
                case .least: .otherResource
                }
            }
            // The order is by the other resource anyway where one is equal.
            if ties == [.otherResource] { choice = .least(field, ties: []) } else { choice = .least(field, ties: ties) }
        }
    }

    /// Whether the search looks at the group's tasks.
    var countsTasks: Bool {
        switch choice {
        case .any: leadingCount > 0
        case .fewestTasks, .fewestTasksThenLeast: true
        case .least(_, let ties): leadingCount > 0 || !ties.isEmpty
        }
    }

    var order: PlacementStrategy.BinpackField? {
        switch choice {
        case .any, .fewestTasks: nil
        case .fewestTasksThenLeast(let field), .least(let field, _): field
        }
    }
}

/// A chain without the links that change nothing.
private struct Chain {
    enum Link {
        case instance
        case attribute(level: Int)
        case least(PlacementStrategy.BinpackField)
    }

    private(set) var links: [Link] = []
    private(set) var attributes: [String] = []

    init(_ strategies: [PlacementStrategy]) {
        var hasInstance = false
        var fields: [PlacementStrategy.BinpackField] = []
        for strategy in strategies {
            switch strategy {
            // Prefers nobody, so only what else is in the chain counts.
            case .random: break
            case .spread(.instance):
                if !hasInstance { links.append(.instance) }
                hasInstance = true
            // Hosts that are alike in a field are alike in it the second time, and one host is alike in everything.
            case .spread(.attribute(let name)):
                if hasInstance || attributes.contains(name) { break }
                links.append(.attribute(level: attributes.count))
                attributes.append(name)
            case .binpack(let field):
                if fields.contains(field) { break }
                fields.append(field)
                links.append(.least(field))
            }
        }
    }
}
