/// Whether text is an IP address, without asking the system, which would take names and short forms too.
enum IPAddressText {
    static func isAddress(_ text: String) -> Bool { isV4(Substring(text)) || isV6(text) }

    private static func isV4(_ text: Substring) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                guard (1...3).contains(part.utf8.count), let number = RuleText.number(String(part)) else {
                    return false
                }
                return number <= 255 && String(number) == part
            }
    }

    /// Eight groups, of which one `::` stands for one or more zero ones, and an IPv4 address for the last two.
    private static func isV6(_ text: String) -> Bool {
        guard text.utf8.count <= 45 else { return false }
        let halves = text.split(separator: "::", omittingEmptySubsequences: false)
        guard halves.count <= 2 else { return false }
        var count = 0
        for (index, half) in halves.enumerated() where !half.isEmpty {
            var groups = half.split(separator: ":", omittingEmptySubsequences: false)
            if index == halves.count - 1, let last = groups.last, last.contains(".") {
                guard isV4(last) else { return false }
                groups.removeLast()
                count += 2
            }
            guard groups.allSatisfy(isGroup) else { return false }
            count += groups.count
        }
        return halves.count == 2 ? count < 8 : count == 8
    }

    private static func isGroup(_ text: Substring) -> Bool {
        (1...4).contains(text.utf8.count)
            && text.utf8.allSatisfy { RuleText.isDigit($0) || (0x61...0x66).contains($0 | 0x20) }
    }
}
