/// The version of an agent, for comparing: numbers with dots between, of which missing ones are 0.
package struct AgentVersion: Hashable, Comparable, Sendable {
    /// Without zeros at the end, so that 1.2 and 1.2.0 are equal.
    private let numbers: [Int]

    /// A version as people write it: at most nine digits a number, dots between, nothing else.
    init?(literal text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        var numbers: [Int] = []
        for part in parts {
            guard (1...9).contains(part.utf8.count), part.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let number = Int(part)
            else { return nil }
            numbers.append(number)
        }
        self.init(numbers)
    }

    /// A version as an agent registers it: what follows the numbers (`-rc1`, `+build`) is left out.
    package init?(registered text: String) {
        self.init(literal: String(text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }))
    }

    private init(_ numbers: [Int]) {
        var numbers = numbers
        while numbers.last == 0 { numbers.removeLast() }
        self.numbers = numbers
    }

    package static func < (left: Self, right: Self) -> Bool { left.numbers.lexicographicallyPrecedes(right.numbers) }
}
