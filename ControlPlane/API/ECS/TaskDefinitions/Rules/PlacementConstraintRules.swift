import AWSModels

extension TaskDefinitionRule {
    /// Where tasks of this definition may run. Whether an instance fits is seen when a task is placed.
    ///
    /// - Source: ECS core rules, 4 and 7.1; API Reference, TaskDefinitionPlacementConstraint.
    static let placementConstraints: [Self] = [
        Self("placementConstraints") { request in
            let most = Limits.placementConstraintsPerTask.value
            guard let count = request.placementConstraints?.count, count > most else { return nil }
            return "A task definition can have at most \(most) placement constraints; found \(count)."
        },
        Self("placementConstraints[].type") { request in
            (request.placementConstraints ?? []).first { $0.type != .memberOf }.map {
                "constraint.type '\(RuleText.shown($0.type?.rawValue ?? "null"))' is not supported."
            }
        },
        Self("placementConstraints[].expression") { request in
            for constraint in request.placementConstraints ?? [] {
                let expression = constraint.expression ?? ""
                if RuleText.isBlank(expression) { return "constraint.expression should not be null or empty." }
                if expression.utf8.count > Limits.placementExpressionLength.value {
                    return "constraint.expression can be at most \(Limits.placementExpressionLength.value) characters."
                }
                if let problem = QueryExpression.problem(in: expression) { return problem }
            }
            return nil
        },
    ]
}
