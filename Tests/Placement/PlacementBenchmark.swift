import Foundation
import Placement
import Testing

/// Placements a second, by hand: `STEVEDORE_BENCH=1 swift test -c release --filter PlacementBenchmark`.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["STEVEDORE_BENCH"] == "1"), .serialized)
struct PlacementBenchmark {
    struct Shape: Sendable, CustomTestStringConvertible {
        let name: String
        let strategies: [PlacementStrategy]
        var hostCount = 10_000
        /// Placements to time.
        var count = 1_000_000
        var tasksPerCall = 10
        var groupCount = 100
        /// Tasks that fit on a host.
        var tasksPerHost = 100
        /// The share of all room that is taken before the clock starts.
        var fill = 0.0
        var dynamicPorts = 0
        var attributes = 0
        /// Whether every placement releases the oldest task, so that the cluster stays as full as it is.
        var churns = false
        var testDescription: String { name }
    }

    @Test(arguments: [
        Shape(name: "random", strategies: .runTaskDefault),
        Shape(name: "random, 1 a call", strategies: .runTaskDefault, tasksPerCall: 1),
        Shape(name: "random, 1 dynamic port", strategies: .runTaskDefault, dynamicPorts: 1),
        Shape(name: "random, 10 required attributes", strategies: .runTaskDefault, attributes: 10),
        Shape(name: "random, 99.9 % full", strategies: .runTaskDefault, count: 100_000, fill: 0.999, churns: true),
        Shape(name: "spread, 100 services", strategies: .serviceDefault),
        Shape(name: "spread, 1 service", strategies: .serviceDefault, groupCount: 1),
        Shape(name: "spread, 100,000 services", strategies: .serviceDefault, groupCount: 100_000),
        Shape(name: "spread, 1 dynamic port", strategies: .serviceDefault, dynamicPorts: 1),
        Shape(name: "spread, 99.9 % full", strategies: .serviceDefault, count: 100_000, fill: 0.999, churns: true),
        Shape(name: "binpack memory", strategies: [.binpack(.memory)], count: 20_000),
        Shape(name: "random, 100,000 hosts", strategies: .runTaskDefault, hostCount: 100_000),
        Shape(name: "spread, 100,000 hosts", strategies: .serviceDefault, hostCount: 100_000),
    ])
    func places(_ shape: Shape) {
        var run = BenchmarkRun(shape)
        let clock = ContinuousClock()
        var calls: [Duration] = []
        calls.reserveCapacity(shape.count / shape.tasksPerCall)
        let start = clock.now
        for _ in 0..<shape.count / shape.tasksPerCall {
            let before = clock.now
            run.call()
            calls.append(clock.now - before)
        }
        let total = clock.now - start
        calls.sort()
        let perSecond = Double(run.placed) / (total / .seconds(1))
        func microseconds(_ share: Double) -> Double {
            (calls[Int(Double(calls.count - 1) * share)] / .microseconds(1)).rounded(toPlaces: 1)
        }
        print(
            shape.name.padding(toLength: 34, withPad: " ", startingAt: 0),
            "\(Int(perSecond))/s;", "a call of \(shape.tasksPerCall):",
            "p50 \(microseconds(0.5)) p99 \(microseconds(0.99)) max \(microseconds(1)) µs")
        #expect(run.placed == shape.count / shape.tasksPerCall * shape.tasksPerCall)
    }

    @Test func explains() {
        var run = BenchmarkRun(Shape(name: "", strategies: .runTaskDefault, fill: 1))
        let duration = ContinuousClock().measure { for _ in 0..<100 { run.call() } }
        print("a refusal explained, 10,000 hosts: \(duration / 100 / .microseconds(1)) µs")
        #expect(run.placed == 0)
    }
}

private struct BenchmarkRun {
    private var index = HostIndex()
    private var generator = SeededGenerator(seed: 1)
    private let shape: PlacementBenchmark.Shape
    private let groups: [String]
    private let demand: ResourceDemand
    private var next = 0
    private var oldest = 0
    private(set) var placed = 0

    init(_ shape: PlacementBenchmark.Shape) {
        self.shape = shape
        groups = (0..<shape.groupCount).map { "service:service-number-\($0)" }
        let attributes = (0..<40).map { HostAttribute("com.amazonaws.ecs.capability.number-\($0)") }
        demand = ResourceDemand(
            cpuUnits: 10, memoryMiB: 20, dynamicTCPPortCount: shape.dynamicPorts,
            requiredAttributes: Array(attributes.prefix(shape.attributes)))
        for number in 0..<shape.hostCount {
            index.upsert(
                host(
                    "0123456789abcdef\(number)", cpu: shape.tasksPerHost * 10, memory: shape.tasksPerHost * 20,
                    attributes: attributes, zone: ["us-east-1a", "us-east-1b", "us-east-1c"][number % 3]))
        }
        for _ in 0..<Int(Double(shape.hostCount * shape.tasksPerHost) * shape.fill) / shape.tasksPerCall { call() }
        placed = 0
    }

    mutating func call() {
        let tasks = (next..<next + shape.tasksPerCall).map {
            TaskID(high: UInt64($0) &* 0x9E37_79B9_7F4A_7C15, low: UInt64($0))
        }
        if shape.churns && placed > 0 {
            for number in oldest..<oldest + shape.tasksPerCall {
                index.release(TaskID(high: UInt64(number) &* 0x9E37_79B9_7F4A_7C15, low: UInt64(number)))
            }
            oldest += shape.tasksPerCall
        }
        let group = groups[next / shape.tasksPerCall % groups.count]
        let request = PlacementRequest(demand: demand, group: group, strategies: shape.strategies)
        let result = index.place(request, tasks: tasks, using: &generator)
        placed += result.placements.count
        next += result.placements.count
    }
}

extension Double {
    fileprivate func rounded(toPlaces places: Int) -> Double {
        let factor = pow(10, Double(places))
        return (self * factor).rounded() / factor
    }
}
