/// A rule that every host of a request must meet, beside having room.
///
/// - Source: ECS Developer Guide, "Define which container instances Amazon ECS uses for tasks".
package enum PlacementConstraint: Hashable, Sendable {
    /// Only hosts that the expression selects.
    case memberOf(ClusterExpression)
    /// Only hosts without a task of the group whose desired status is RUNNING.
    case distinctInstance
}

/// An expression of the cluster query language with its text. Two are equal if they are written alike.
package struct ClusterExpression: Hashable, Sendable {
    package let text: String
    package let query: ClusterQuery

    /// - Throws: ``ClusterQueryError``, which says where the text is wrong and what would be right.
    package init(_ text: String) throws(ClusterQueryError) {
        self.text = text
        query = try ClusterQuery(text)
    }

    package static func == (left: Self, right: Self) -> Bool { left.text == right.text }

    package func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

extension ClusterQuery {
    /// Whether its answer may change with the tasks of an instance, and not only with the instance itself.
    var asksForTasks: Bool {
        switch self {
        case .all(let operands), .any(let operands): operands.contains { $0.asksForTasks }
        case .not(let operand): operand.asksForTasks
        case .condition(let condition): condition.subject == .taskGroup || condition.subject == .runningTasksCount
        }
    }
}
