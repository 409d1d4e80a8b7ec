/// A task, as the caller counts them: any number that is the task's own and grows with every task (a record's
/// `sequence`). Of two tasks the greater key is the younger task.
package struct TaskKey: Hashable, Comparable, Sendable {
    package let rawValue: Int

    package init(_ rawValue: Int) { self.rawValue = rawValue }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// A deployment, or a task set of an EXTERNAL service, as the caller counts them: grows with every deployment of the
/// service.
package struct DeploymentKey: Hashable, Comparable, Sendable {
    package let rawValue: Int

    package init(_ rawValue: Int) { self.rawValue = rawValue }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
