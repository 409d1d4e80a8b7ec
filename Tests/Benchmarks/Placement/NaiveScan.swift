import Placement

/// The reference: looks at every host for every task. Plain arrays of numbers, and each expression answered once a host,
/// so that it is the scan that costs and nothing else.
struct NaiveScan {
    private var freeCPU: [Int32]
    private var freeMemory: [Int32]
    private let isMember: [Bool]
    private let isDistinct: Bool
    private let shape: Shape
    /// For each host its place in what a link of the chain counts by: its zone, its rack, itself.
    private let places: [[Int32]]
    /// By group, then by link: the group's tasks in each place.
    private var counts: [[[Int32]]]
    private var onHost: [[Int32]]
    private var next = 0

    init(_ shape: Shape) {
        self.shape = shape
        let hosts = shape.hosts
        freeCPU = hosts.map { Int32($0.cpuUnits) }
        freeMemory = hosts.map { Int32($0.memoryMiB) }
        let isConstrained = shape.constraints.contains { if case .memberOf = $0 { true } else { false } }
        isMember = hosts.indices.map { !isConstrained || ($0 % 5 != 0 && $0 / 3 % 3 != 0) }
        isDistinct = shape.constraints.contains(.distinctInstance)
        places = shape.strategies.map { strategy in
            switch strategy {
            case .spread(.availabilityZone): hosts.indices.map { Int32($0 % 3) }
            case .spread(.attribute): hosts.indices.map { Int32($0 % 200) }
            case .spread(.instance), .binpack, .random: hosts.indices.map { Int32($0) }
            }
        }
        let groupCount = min(shape.groupCount, 100)
        counts = (0..<groupCount).map { _ in shape.strategies.map { _ in [Int32](repeating: 0, count: hosts.count) } }
        onHost = (0..<groupCount).map { _ in [Int32](repeating: 0, count: hosts.count) }
    }

    mutating func place() {
        let group = next % counts.count
        next += 1
        let values = shape.strategies.indices.map { link in
            switch shape.strategies[link] {
            case .binpack(.cpu): freeCPU
            case .binpack(.memory): freeMemory
            case .spread, .random: counts[group][link]
            }
        }
        let last = values.count - 1
        let best = scan(values[0], places[0], values[last], places[last], isDistinct ? onHost[group] : nil)
        guard best >= 0 else { return }
        freeCPU[best] -= 10
        freeMemory[best] -= 20
        onHost[group][best] += 1
        for (link, strategy) in shape.strategies.enumerated() {
            if case .spread = strategy { counts[group][link][Int(places[link][best])] += 1 }
        }
    }

    /// The host with the lowest pair of values. No chain here has more than two links.
    private func scan(
        _ first: [Int32], _ firstPlace: [Int32], _ second: [Int32], _ secondPlace: [Int32], _ taken: [Int32]?
    ) -> Int {
        var best = -1
        var lowest = UInt64.max
        for host in 0..<freeCPU.count {
            guard freeCPU[host] >= 10, freeMemory[host] >= 20, isMember[host] else { continue }
            if let taken, taken[host] > 0 { continue }
            let high = UInt64(UInt32(bitPattern: first[Int(firstPlace[host])]))
            let low = UInt64(UInt32(bitPattern: second[Int(secondPlace[host])]))
            let score = high << 32 | low
            if score < lowest { (best, lowest) = (host, score) }
        }
        return best
    }
}
