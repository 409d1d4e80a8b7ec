/// What a pattern compiles to.
struct RegularExpressionProgram: Sendable {
    fileprivate(set) var instructions: [RegularExpressionInstruction] = []
    /// What the instructions that take a character refer to.
    fileprivate(set) var sets: [ScalarSet] = []
}

/// Nothing in it is counted by reference: matching copies instructions a million times a second.
enum RegularExpressionInstruction: Sendable {
    /// Takes one character and goes on behind: ASCII by the bits, others by `sets[set]`.
    case scalars(ASCIIBits, set: Int)
    /// Goes on behind if it holds.
    case assertion(RegularExpressionAssertion)
    /// Goes on at both.
    case split(Int, Int)
    case jump(Int)
    case match
}

/// Makes the program of a pattern. Repeats with numbers become copies, so the program's size is bounded, and with it the
/// time that a match takes.
struct RegularExpressionCompiler {
    private let sizeLimit: Int
    private let patternLength: Int
    private var program = RegularExpressionProgram()
    /// Nodes that may still be visited: copies of nothing emit nothing, and would else be free.
    private var visits: Int

    init(sizeLimit: Int, patternLength: Int) {
        self.sizeLimit = sizeLimit
        self.patternLength = patternLength
        visits = 4 * sizeLimit + 4 * patternLength
    }

    mutating func compile(_ node: RegularExpressionNode) throws(RegularExpressionError) -> RegularExpressionProgram {
        try add(node)
        try emit(.match)
        return program
    }

    /// Of the instruction to come.
    private var position: Int { program.instructions.count }

    private var tooLarge: RegularExpressionError {
        RegularExpressionError(
            offset: patternLength,
            message: "it is too large: the patterns of an expression can have "
                + "\(ClusterQuery.Bounds.patternSize) steps, repeats written out")
    }

    private mutating func emit(_ instruction: RegularExpressionInstruction) throws(RegularExpressionError) {
        guard position < sizeLimit else { throw tooLarge }
        program.instructions.append(instruction)
    }

    private mutating func add(_ node: RegularExpressionNode) throws(RegularExpressionError) {
        visits -= 1
        guard visits >= 0 else { throw tooLarge }
        switch node {
        case .scalars(let set):
            try emit(.scalars(set.ascii, set: program.sets.count))
            program.sets.append(set)
        case .assertion(let assertion): try emit(.assertion(assertion))
        case .sequence(let parts): for part in parts { try add(part) }
        case .choice(let branches): try add(branches)
        case .repeated(let inner, let minimum, let maximum):
            for _ in 0..<minimum { try add(inner) }
            if let maximum {
                try add(inner, upTo: maximum - minimum)
            } else {
                try add(inner, from: position)
            }
        }
    }

    /// `split(branch, next) branch jump(end) … last`
    private mutating func add(_ branches: [RegularExpressionNode]) throws(RegularExpressionError) {
        var jumps: [Int] = []
        for branch in branches.dropLast() {
            let split = position
            try emit(.split(split + 1, 0))
            try add(branch)
            jumps.append(position)
            try emit(.jump(0))
            program.instructions[split] = .split(split + 1, position)
        }
        if let last = branches.last { try add(last) }
        for jump in jumps { program.instructions[jump] = .jump(position) }
    }

    /// Any number of times: `split(inner, end) inner jump(split)`
    private mutating func add(_ inner: RegularExpressionNode, from split: Int) throws(RegularExpressionError) {
        try emit(.split(split + 1, 0))
        try add(inner)
        try emit(.jump(split))
        program.instructions[split] = .split(split + 1, position)
    }

    /// So often at most: `split(inner, end) inner`, again and again.
    private mutating func add(_ inner: RegularExpressionNode, upTo count: Int) throws(RegularExpressionError) {
        var splits: [Int] = []
        for _ in 0..<count {
            splits.append(position)
            try emit(.split(position + 1, 0))
            try add(inner)
        }
        for split in splits { program.instructions[split] = .split(split + 1, position) }
    }
}
