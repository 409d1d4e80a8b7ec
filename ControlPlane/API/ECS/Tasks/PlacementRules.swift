import AWSModels
import AWSProtocol
import Placement

extension LaunchRule {
    /// Placement constraints and strategies.
    ///
    /// - Source: ECS core rules, sections 4 and 8; API Reference, PlacementConstraint and PlacementStrategy.
    static let placement: [Self] = [
        .invalid("placementConstraints") { request in
            request.compute.isFargate && !request.allConstraints.isEmpty
                ? "Placement constraints are not supported with FARGATE launch type." : nil
        },
        .invalid("placementStrategy") { request in
            request.compute.isFargate && !request.placementStrategy.isEmpty
                ? "Placement strategies are not supported with FARGATE launch type." : nil
        },
        .invalid("placementConstraints") { request in
            request.allConstraints.count > Limits.placementConstraintsPerTask.value
                ? "Maximum number of constraints is \(Limits.placementConstraintsPerTask.value), those of the task "
                    + "definition included; found \(request.allConstraints.count)." : nil
        },
        .constraint("type") { constraint in
            constraint.type == nil ? "A placement constraint needs a type: distinctInstance or memberOf." : nil
        },
        .constraint("expression") { constraint in
            let expression = constraint.expression ?? ""
            if constraint.type == .distinctInstance, !expression.isEmpty {
                return "expression should not be specified for the placement constraint distinctInstance."
            }
            if constraint.type == .memberOf, expression.isEmpty {
                return "expression must be specified for the placement constraint memberOf."
            }
            let limit = Limits.placementExpressionLength.value
            if expression.unicodeScalars.count > limit {
                return "The expression of a placement constraint can be at most \(limit) characters; found "
                    + "\(expression.unicodeScalars.count)."
            }
            return constraint.type == .memberOf ? QueryExpression.problem(in: expression) : nil
        },
        .invalid("placementStrategy") { request in
            request.placementStrategy.count > Limits.placementStrategiesPerTask.value
                ? "Maximum number of strategies is \(Limits.placementStrategiesPerTask.value)" : nil
        },
        .strategy("type") { strategy in
            strategy.type == nil ? "A placement strategy needs a type: random, spread or binpack." : nil
        },
        .strategy("field") { strategy in
            let field = strategy.field ?? ""
            switch strategy.type {
            case .random?: return field.isEmpty ? nil : "random field should not be specified"
            case .binpack?:
                return PlacementStrategies.binpackField(field) == nil
                    ? "binpack field '\(field.prefix(60))' is invalid" : nil
            case .spread?:
                return PlacementStrategies.spreadField(field) == nil
                    ? "spread field '\(field.prefix(60))' is invalid" : nil
            default: return nil
            }
        },
    ]

    private static func constraint(
        _ field: String, _ violation: @escaping @Sendable (ECS.PlacementConstraint) -> String?
    ) -> Self {
        .invalid("placementConstraints[].\(field)") { $0.allConstraints.lazy.compactMap(violation).first }
    }

    private static func strategy(
        _ field: String, _ violation: @escaping @Sendable (ECS.PlacementStrategy) -> String?
    ) -> Self {
        .invalid("placementStrategy[].\(field)") { $0.placementStrategy.lazy.compactMap(violation).first }
    }
}

extension LaunchRequest {
    /// Those of the task definition, then those of the request.
    var allConstraints: [ECS.PlacementConstraint] {
        let own = (definition.placementConstraints ?? []).map { constraint in
            ECS.PlacementConstraint(
                expression: constraint.expression,
                type: constraint.type.map { ECS.PlacementConstraintType(rawValue: $0.rawValue) })
        }
        return own + placementConstraints
    }

    /// The same in the words of the placement core. Rules have found nothing wrong with them.
    func constraints() throws(AWSError) -> [PlacementConstraint] {
        var constraints: [PlacementConstraint] = []
        for constraint in allConstraints {
            constraints.append(
                constraint.type == .distinctInstance
                    ? .distinctInstance : .memberOf(try QueryExpression.constraint(constraint.expression ?? "")))
        }
        return constraints
    }

    var strategies: [PlacementStrategy] {
        let strategies = placementStrategy.compactMap(PlacementStrategies.strategy)
        return strategies.isEmpty ? .runTaskDefault : strategies
    }
}

/// ECS's placement strategies in the words of the placement core.
enum PlacementStrategies {
    /// Nil for one that no rule would let pass.
    static func strategy(_ strategy: ECS.PlacementStrategy) -> PlacementStrategy? {
        let field = strategy.field ?? ""
        return switch strategy.type {
        case .random?: .random
        case .binpack?: binpackField(field).map { .binpack($0) }
        case .spread?: spreadField(field).map { .spread($0) }
        default: nil
        }
    }

    /// ECS's own console writes them in capitals.
    static func binpackField(_ text: String) -> PlacementStrategy.BinpackField? {
        switch text.lowercased() {
        case "cpu": .cpu
        case "memory": .memory
        default: nil
        }
    }

    /// `instanceId`, `host`, or `attribute:` and the name of an attribute.
    static func spreadField(_ text: String) -> PlacementStrategy.SpreadField? {
        if text == "instanceId" || text == "host" { return .instance }
        guard text.hasPrefix("attribute:") else { return nil }
        let name = text.dropFirst("attribute:".count)
        return (1...Limits.attributeLength.value).contains(name.utf8.count) ? .attribute(String(name)) : nil
    }
}
