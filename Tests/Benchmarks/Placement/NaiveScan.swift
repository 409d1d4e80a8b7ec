import Placement

/// The reference: looks at every host for every task. Plain arrays of numbers, and each constraint answered once a host,
/// so that it is the scan that costs and nothing else.
struct NaiveScan {
    private var freeCPU: [Int32]
    private var freeMemory: [Int32]
    private let isMember: [Bool]
    private let bucketOfHost: [[Int32]]
    private var countOfGroup: [[Int32]]
    private var bucketCounts: [[[Int32]]]
    private let shape: Shape
    private var next = 0

    init(_ shape: Shape) {
        self.shape = shape
        let hosts = shape.hosts
        freeCPU = hosts.map { Int32($0.cpuUnits) }
        freeMemory = hosts.map { Int32($0.memoryMiB) }
        let isConstrained = shape.constraints.contains { if case .memberOf = $0 { true } else { false } }
        isMember = hosts.indices.map { !isConstrained || ($0 % 5 != 0 && $0 / 3 % 3 != 0) }
        bucketOfHost = shape.strategies.map { strategy in
            switch strategy {
            case .spread(.availabilityZone): hosts.indices.map { Int32($0 % 3) }
            case .spread(.attribute): hosts.indices.map { Int32($0 % 200) }
            default: []
            }
        }
        let groupCount = min(shape.groupCount, 100)
        countOfGroup = (0..<groupCount).map { _ in [Int32](repeating: 0, count: hosts.count) }
        bucketCounts = (0..<groupCount).map { _ in shape.strategies.map { _ in [Int32](repeating: 0, count: 200) } }
    }

    mutating func place() {
        let group = next % countOfGroup.count
        next += 1
        let isDistinct = shape.constraints.contains(.distinctInstance)
        var best = -1
        var bestScore = SIMD4<Int32>(repeating: .max)
        for host in freeCPU.indices where freeCPU[host] >= 10 && freeMemory[host] >= 20 && isMember[host] {
            if isDistinct && countOfGroup[group][host] > 0 { continue }
            var score = SIMD4<Int32>(repeating: 0)
            for (link, strategy) in shape.strategies.enumerated() {
                switch strategy {
                case .random: score[link] = 0
                case .binpack(.cpu): score[link] = freeCPU[host]
                case .binpack(.memory): score[link] = freeMemory[host]
                case .spread(.instance): score[link] = countOfGroup[group][host]
                case .spread: score[link] = bucketCounts[group][link][Int(bucketOfHost[link][host])]
                }
            }
            if best < 0 || Self.precedes(score, bestScore) { (best, bestScore) = (host, score) }
        }
        guard best >= 0 else { return }
        freeCPU[best] -= 10
        freeMemory[best] -= 20
        countOfGroup[group][best] += 1
        for link in bucketOfHost.indices where !bucketOfHost[link].isEmpty {
            bucketCounts[group][link][Int(bucketOfHost[link][best])] += 1
        }
    }

    private static func precedes(_ left: SIMD4<Int32>, _ right: SIMD4<Int32>) -> Bool {
        for link in 0..<4 where left[link] != right[link] { return left[link] < right[link] }
        return false
    }
}
