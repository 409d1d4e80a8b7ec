import AWSModels
import AWSProtocol
import ControlPlaneState

/// One thing that ECS asks of a cluster's default capacity provider strategy. Rules run in order and the first that is
/// broken answers.
///
/// That all weights are 0 is no fault of a default strategy: what uses such a one fails.
///
/// - Source: API Reference, PutClusterCapacityProviders and CapacityProviderStrategyItem; ECS core rules, section 8. The
///   model has the ranges of weights and bases.
struct CapacityProviderStrategyRule: Sendable {
    /// The field that the rule is about, as the API names it.
    let field: String
    /// What is wrong, in ECS's words where they are known; nil if nothing is. Gets the items with names, not ARNs, and
    /// the names of the cluster's providers.
    let violation: @Sendable (_ items: [ECS.CapacityProviderStrategyItem], _ associated: [String]) -> String?

    private init(
        _ field: String, _ violation: @escaping @Sendable ([ECS.CapacityProviderStrategyItem], [String]) -> String?
    ) {
        self.field = field
        self.violation = violation
    }

    /// The strategy as it is kept: names, not ARNs, and the defaults of weight and base filled in.
    ///
    /// - Throws: InvalidParameterException for the first rule that is broken.
    static func checkedDefault(
        _ items: [ECS.CapacityProviderStrategyItem], associated: [String]
    ) throws(AWSError) -> [ECS.CapacityProviderStrategyItem] {
        try Limits.capacityProvidersPerStrategy.check(items.count, of: "defaultCapacityProviderStrategy")
        var filled: [ECS.CapacityProviderStrategyItem] = []
        for item in items {
            let name = try Reference.capacityProvider(item.capacityProvider ?? "")
            filled.append(.init(base: item.base ?? 0, capacityProvider: name, weight: item.weight ?? 0))
        }
        for rule in all {
            if let problem = rule.violation(filled, associated) { throw .invalidParameter(problem) }
        }
        return filled
    }

    static let all: [Self] = [
        Self("capacityProvider") { items, associated in
            items.allSatisfy { associated.contains($0.capacityProvider ?? "") }
                ? nil
                : "The specified capacity provider strategy cannot contain a capacity provider that is not associated "
                    + "with the cluster. Associate the capacity provider with the cluster or specify a valid capacity "
                    + "provider and try again."
        },
        Self("capacityProvider") { items, _ in
            Set(items.map(\.capacityProvider)).count == items.count
                ? nil : "The specified capacity provider strategy contains a capacity provider more than once."
        },
        Self("base") { items, _ in
            items.count { ($0.base ?? 0) > 0 } <= 1
                ? nil
                : "The specified capacity provider strategy contains multiple capacity providers with a base value "
                    + "defined."
        },
        Self("capacityProvider") { items, _ in
            Set(items.map { CapacityProviderNames.isReserved($0.capacityProvider ?? "") }).count <= 1
                ? nil
                : "A capacity provider strategy cannot contain a mix of capacity providers using Auto Scaling groups "
                    + "and Fargate providers. Specify one or the other and try again."
        },
    ]
}
