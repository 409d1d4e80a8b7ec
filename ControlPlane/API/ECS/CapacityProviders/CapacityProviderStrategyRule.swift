import AWSModels
import AWSProtocol

/// One thing that ECS asks of a capacity provider strategy, a cluster's default or the one that a task is run with.
/// Rules run in order and the first that is broken answers.
///
/// - Source: API Reference, PutClusterCapacityProviders, RunTask and CapacityProviderStrategyItem; ECS core rules,
///   section 8. The model has the ranges of weights and bases.
struct CapacityProviderStrategyRule: Sendable {
    /// What the strategy is for: ECS has words of its own for each.
    enum Use: Sendable {
        case clusterDefault
        case launch

        /// The parameter of the request.
        fileprivate var field: String {
            switch self {
            case .clusterDefault: "defaultCapacityProviderStrategy"
            case .launch: "capacityProviderStrategy"
            }
        }
    }

    /// What a rule looks at.
    struct Strategy: Sendable {
        /// With names, not ARNs.
        var items: [ECS.CapacityProviderStrategyItem]
        /// The names of the cluster's capacity providers.
        var associated: [String]
        var use: Use

        fileprivate var names: [String] { items.map { $0.capacityProvider ?? "" } }
    }

    /// The field that the rule is about, as the API names it.
    let field: String
    /// What is wrong, in ECS's words where they are known; nil if nothing is.
    let violation: @Sendable (Strategy) -> String?

    private init(_ field: String, _ violation: @escaping @Sendable (Strategy) -> String?) {
        self.field = field
        self.violation = violation
    }

    /// The strategy with names, not ARNs, and the defaults of weight and base filled in.
    ///
    /// - Throws: InvalidParameterException for the first rule that is broken.
    static func checked(
        _ items: [ECS.CapacityProviderStrategyItem], associated: [String], for use: Use
    ) throws(AWSError) -> [ECS.CapacityProviderStrategyItem] {
        try Limits.capacityProvidersPerStrategy.check(items.count, of: use.field)
        var strategy = Strategy(items: [], associated: associated, use: use)
        for item in items {
            let name = try Reference.capacityProvider(item.capacityProvider ?? "")
            strategy.items.append(.init(base: item.base ?? 0, capacityProvider: name, weight: item.weight ?? 0))
        }
        for rule in all {
            if let problem = rule.violation(strategy) { throw .invalidParameter(problem) }
        }
        return strategy.items
    }

    static let all: [Self] = [
        Self("capacityProvider") { strategy in
            Set(strategy.names).count == strategy.names.count
                ? nil : "The specified capacity provider strategy contains a capacity provider more than once."
        },
        // No fault of a default strategy: what uses such a one fails.
        Self("weight") { strategy in
            strategy.use == .launch && strategy.items.allSatisfy { ($0.weight ?? 0) == 0 }
                ? "There are no capacity providers in the capacity provider strategy with a weight value greater than "
                    + "zero." : nil
        },
        Self("base") { strategy in
            guard strategy.items.count(where: { ($0.base ?? 0) > 0 }) > 1 else { return nil }
            return switch strategy.use {
            case .clusterDefault:
                "The specified capacity provider strategy contains multiple capacity providers with a base value "
                    + "defined."
            case .launch:
                "There are multiple capacity providers in the specified capacity provider strategy with a base value "
                    + "defined."
            }
        },
        Self("capacityProvider") { strategy in
            strategy.names.allSatisfy(strategy.associated.contains)
                ? nil
                : "The specified capacity provider strategy cannot contain a capacity provider that is not associated "
                    + "with the cluster. Associate the capacity provider with the cluster or specify a valid capacity "
                    + "provider and try again."
        },
        Self("capacityProvider") { strategy in
            Set(strategy.names.map(CapacityProviderNames.isReserved)).count <= 1
                ? nil
                : "A capacity provider strategy cannot contain a mix of capacity providers using Auto Scaling groups "
                    + "and Fargate providers. Specify one or the other and try again."
        },
    ]
}
