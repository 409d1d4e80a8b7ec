extension RegularExpression {
    /// Whether the pattern matches the whole of a value.
    ///
    /// - Parameter work: grows by the instructions visited, at most 2 × ``size`` × (characters + 1). If it is exhausted,
    ///   the answer is false and means nothing.
    package func matches(_ value: String, work: inout ClusterQueryWork) -> Bool {
        let scalars = Array(value.unicodeScalars)
        var states = StateSet(capacity: size)
        var next = StateSet(capacity: size)
        var stack: [Int] = [0]
        follow(&stack, at: 0, of: scalars, into: &states, &work)
        for (position, scalar) in scalars.enumerated() {
            guard !states.members.isEmpty, !work.isExhausted else { return false }
            next.removeAll()
            for state in states.members {
                work.step()
                if takes(scalar, at: state) {
                    stack.append(state + 1)
                    follow(&stack, at: position + 1, of: scalars, into: &next, &work)
                }
            }
            swap(&states, &next)
        }
        return states.members.contains { if case .match = program.instructions[$0] { true } else { false } }
    }

    private func takes(_ scalar: Unicode.Scalar, at state: Int) -> Bool {
        guard case .scalars(let ascii, let set) = program.instructions[state] else { return false }
        return scalar.isASCII ? ascii.contains(scalar) : program.sets[set].contains(scalar)
    }

    /// Adds the instructions of the stack, and those that they lead to without taking a character.
    ///
    /// The stack is not the thread's: how deep it gets is for the pattern to say.
    private func follow(
        _ stack: inout [Int], at position: Int, of scalars: [Unicode.Scalar], into states: inout StateSet,
        _ work: inout ClusterQueryWork
    ) {
        while let state = stack.popLast() {
            guard states.insert(state) else { continue }
            work.step()
            switch program.instructions[state] {
            case .scalars, .match: break
            case .jump(let target): stack.append(target)
            case .split(let first, let second):
                stack.append(second)
                stack.append(first)
            case .assertion(let assertion):
                if assertion.holds(at: position, of: scalars) { stack.append(state + 1) }
            }
        }
    }
}

/// Instructions that the machine is at, each once.
private struct StateSet {
    private(set) var members: [Int] = []
    private var isMember: [Bool]

    init(capacity: Int) { isMember = Array(repeating: false, count: capacity) }

    /// - Returns: whether it was not there.
    mutating func insert(_ state: Int) -> Bool {
        guard !isMember[state] else { return false }
        isMember[state] = true
        members.append(state)
        return true
    }

    mutating func removeAll() {
        for member in members { isMember[member] = false }
        members.removeAll(keepingCapacity: true)
    }
}

extension RegularExpressionAssertion {
    func holds(at position: Int, of scalars: [Unicode.Scalar]) -> Bool {
        switch self {
        case .start: return position == 0
        case .end: return position == scalars.count
        case .wordBoundary, .noWordBoundary:
            let before = position > 0 && ScalarSet.word.contains(scalars[position - 1])
            let after = position < scalars.count && ScalarSet.word.contains(scalars[position])
            return (before != after) == (self == .wordBoundary)
        }
    }
}
