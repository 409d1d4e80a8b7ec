/// A container instance, as conditions see it.
package protocol ClusterQueryTarget {
    var agentConnected: Bool { get }
    /// As registered; nil if the agent did not say.
    var agentVersion: String? { get }
    var ec2InstanceID: String? { get }
    /// Whole seconds since 1970.
    var registeredAtSeconds: Int { get }
    var runningTasksCount: Int { get }
    /// The attribute's value, empty for one that has none; nil if the instance does not have the attribute.
    func attribute(named name: String) -> String?
    /// The groups of the tasks that are there. Asked only if ``ClusterQuery/asksForTaskGroups``.
    var taskGroups: [String] { get }
}

/// What evaluating a query has cost, and may cost.
package struct ClusterQueryWork: Sendable {
    /// One a condition, and one an instruction of a pattern visited.
    package private(set) var steps = 0
    private let limit: Int

    package init(limit: Int = .max) { self.limit = limit }

    /// Whether the evaluation was broken off: its answer says nothing.
    ///
    /// Attributes alone cannot bring it here, with a limit of a million; an instance whose tasks are in many groups can.
    package var isExhausted: Bool { steps >= limit }

    mutating func step() { steps += 1 }
}

extension ClusterQuery {
    /// Whether the query selects the instance.
    ///
    /// Comparisons say something of a value that is there: an instance without the attribute (the agent version, the EC2
    /// instance) is selected by none of them, `!=` included, and `not(…)` selects it. `task:group` compares the group of
    /// each task that is there and wants one that fits.
    ///
    /// - Parameter work: grows with the work done; must not be exhausted afterwards.
    package func selects(_ target: some ClusterQueryTarget, work: inout ClusterQueryWork) -> Bool {
        switch self {
        case .all(let operands):
            for operand in operands where !operand.selects(target, work: &work) { return false }
            return true
        case .any(let operands):
            for operand in operands where operand.selects(target, work: &work) { return true }
            return false
        case .not(let operand): return !operand.selects(target, work: &work)
        case .condition(let condition): return condition.holds(for: target, work: &work)
        }
    }
}

extension ClusterQueryCondition {
    func holds(for target: some ClusterQueryTarget, work: inout ClusterQueryWork) -> Bool {
        work.step()
        switch subject {
        case .attribute(let name):
            let value = target.attribute(named: name)
            switch `operator` {
            case .exists: return value != nil
            case .notExists: return value == nil
            default: return value.map { compare(text: $0, work: &work) } ?? false
            }
        case .taskGroup:
            for group in target.taskGroups {
                guard !work.isExhausted else { return false }
                work.step()
                if compare(text: group, work: &work) { return true }
            }
            return false
        case .ec2InstanceID: return target.ec2InstanceID.map { compare(text: $0, work: &work) } ?? false
        case .agentConnected: return compare(text: target.agentConnected ? "true" : "false", work: &work)
        case .agentVersion:
            guard let version = target.agentVersion.flatMap(AgentVersion.init(registered:)) else { return false }
            return operands.contains { operand in
                if case .version(let wanted) = operand.meaning { `operator`.holds(version, wanted) } else { false }
            }
        case .registeredAt:
            return operands.contains { operand in
                if case .instant(let wanted) = operand.meaning {
                    `operator`.holds(target.registeredAtSeconds, wanted)
                } else {
                    false
                }
            }
        case .runningTasksCount:
            return operands.contains { operand in
                if case .count(let wanted) = operand.meaning {
                    `operator`.holds(target.runningTasksCount, wanted)
                } else {
                    false
                }
            }
        }
    }

    private func compare(text: String, work: inout ClusterQueryWork) -> Bool {
        switch `operator` {
        case .in, .notIn: return operands.contains { $0.text == text } == (`operator` == .in)
        case .matches, .notMatches:
            guard case .pattern(let pattern)? = operands.first?.meaning else { return false }
            return pattern.matches(text, work: &work) == (`operator` == .matches)
        case .equals, .notEquals: return operands.contains { $0.text == text } == (`operator` == .equals)
        default:
            guard let wanted = operands.first?.text else { return false }
            if let left = Self.number(text), let right = Self.number(wanted) { return `operator`.holds(left, right) }
            return `operator`.holds(text, wanted)
        }
    }

    /// What `<` and its like compare as a number, if both sides are one; else they compare text.
    private static func number(_ text: String) -> Double? {
        guard !text.isEmpty, text.utf8.count <= 18,
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") })
        else { return nil }
        return Double(text)
    }
}

extension ClusterQueryOperator {
    fileprivate func holds<Value: Comparable>(_ value: Value, _ wanted: Value) -> Bool {
        switch self {
        case .equals: value == wanted
        case .notEquals: value != wanted
        case .greaterThan: value > wanted
        case .greaterThanEqual: value >= wanted
        case .lessThan: value < wanted
        case .lessThanEqual: value <= wanted
        case .exists, .notExists, .in, .notIn, .matches, .notMatches: false
        }
    }
}
