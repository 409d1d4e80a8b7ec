/// Attributes as small numbers, so that a host is compared with a requirement without comparing text.
///
/// An attribute with a value has two numbers: one for its name, one for name and value.
/// A number is given back when the last host with the attribute is gone.
struct AttributeTable: Sendable {
    private var numbers: [HostAttribute: Int32] = [:]
    private var attributes: [HostAttribute?] = []
    private var hostCounts: [Int] = []
    private var free: [Int32] = []

    /// The number of a requirement, or nil if no host meets it.
    func number(of requirement: HostAttribute) -> Int32? { numbers[requirement] }

    /// How many hosts have what the number stands for.
    func hostCount(of number: Int32) -> Int { hostCounts[Int(number)] }

    /// Counts a host with these attributes, and returns their numbers, ascending.
    mutating func retain(_ hostAttributes: [HostAttribute]) -> [Int32] {
        var values: [String: String?] = [:]
        for attribute in hostAttributes { values.updateValue(attribute.value, forKey: attribute.name) }
        var result: [Int32] = []
        // By name, for a number depends on who comes first and the order of a dictionary differs from run to run.
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            result.append(retain(HostAttribute(name)))
            if let value { result.append(retain(HostAttribute(name, value))) }
        }
        return result.sorted()
    }

    mutating func release(_ numbersOfHost: [Int32]) {
        for number in numbersOfHost {
            let index = Int(number)
            hostCounts[index] -= 1
            guard hostCounts[index] == 0, let attribute = attributes[index] else { continue }
            numbers[attribute] = nil
            attributes[index] = nil
            free.append(number)
        }
    }

    private mutating func retain(_ attribute: HostAttribute) -> Int32 {
        if let number = numbers[attribute] {
            hostCounts[Int(number)] += 1
            return number
        }
        let number: Int32
        if let reused = free.popLast() {
            number = reused
            attributes[Int(number)] = attribute
            hostCounts[Int(number)] = 1
        } else {
            number = Int32(attributes.count)
            attributes.append(attribute)
            hostCounts.append(1)
        }
        numbers[attribute] = number
        return number
    }
}
