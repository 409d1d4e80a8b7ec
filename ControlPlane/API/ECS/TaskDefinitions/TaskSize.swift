import AWSModels

/// The CPU and memory of a task as a whole, which requests give as text: `"1024"` or `"1 vCPU"`, `"2048"` or `"2 GB"`.
///
/// - Source: API Reference, RegisterTaskDefinition, `cpu` and `memory`.
struct TaskSize: Sendable, Hashable {
    /// 1024 units are one vCPU; nil if the request says nothing or what is no size.
    let cpuUnits: Int?
    /// Nil if the request says nothing or what is no size.
    let memoryMiB: Int?

    /// Empty text is as good as none.
    init(cpu: String?, memory: String?) {
        cpuUnits = cpu.flatMap(Self.cpuUnits)
        memoryMiB = memory.flatMap(Self.memoryMiB)
    }

    init(of request: ECS.RegisterTaskDefinitionRequest) {
        self.init(cpu: request.cpu, memory: request.memory)
    }

    /// `"256"`, `".25 vCPU"`, `"1vcpu"`: the CPU units meant, rounded down; nil if the text is no size.
    static func cpuUnits(_ text: String) -> Int? { quantity(text, unit: "vcpu") }

    /// `"512"`, `"0.5 GB"`, `"1gb"`: the MiB meant, rounded down; nil if the text is no size.
    static func memoryMiB(_ text: String) -> Int? { quantity(text, unit: "gb") }

    /// A whole number of small units, or a decimal number of large ones of 1024 each.
    private static func quantity(_ text: String, unit: String) -> Int? {
        let bytes = text.lowercased().utf8.drop(while: isSpace)
        let number = bytes.prefix { isDigit($0) || $0 == UInt8(ascii: ".") }
        var rest = bytes.dropFirst(number.count).drop(while: isSpace)
        while let last = rest.last, isSpace(last) { rest.removeLast() }
        if rest.isEmpty { return number.allSatisfy(isDigit) ? whole(number) : nil }
        guard rest.elementsEqual(unit.utf8) else { return nil }
        let parts = number.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count <= 2, number.count > parts.count - 1 else { return nil }
        let fraction = parts.count == 2 ? parts[1] : parts[0].prefix(0)
        guard let units = parts[0].isEmpty ? 0 : whole(parts[0]) else { return nil }
        var decimals = 0
        var scale = 1
        for digit in fraction.prefix(longest) {
            decimals = decimals * 10 + Int(digit - UInt8(ascii: "0"))
            scale *= 10
        }
        return units * 1024 + decimals * 1024 / scale
    }

    /// Digits that a product with 1024 cannot overflow.
    private static let longest = 9

    private static func whole(_ digits: Substring.UTF8View) -> Int? {
        guard (1...longest).contains(digits.count) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
}
