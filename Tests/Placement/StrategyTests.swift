import Placement
import Testing

@Suite struct StrategyTests {
    /// 500 hosts of which every `stride`th has room: found by probes where many have, by the search where few have.
    @Test(arguments: [1, 3, 20, 100])
    func randomIsUniformOverFittingHosts(stride: Int) {
        var index = HostIndex()
        for number in 0..<500 {
            let fits = number % stride == 0
            // Unequal runs of full hosts before the fitting ones: a walk to the next fitting host would be unfair.
            let isShifted = stride > 1 && number % (2 * stride) == 1
            index.upsert(host("i-\(number)", cpu: fits || isShifted ? 1024 : 128, zone: ["a", "b", "c"][number % 3]))
        }
        var generator = SeededGenerator(seed: UInt64(stride))
        var counts: [HostID: Int] = [:]
        let hostCount = (0..<500).count { $0 % stride == 0 || (stride > 1 && $0 % (2 * stride) == 1) }
        let drawCount = 40 * hostCount
        for _ in 0..<drawCount {
            let request = PlacementRequest(demand: demand(cpu: 1000), group: "g")
            let result = index.place(request, tasks: [taskID(1)], using: &generator)
            guard let host = result.placements.first?.host else {
                Issue.record("no host")
                return
            }
            counts[host, default: 0] += 1
            index.release(taskID(1))
        }
        #expect(counts.count == hostCount)
        let expected = Double(drawCount) / Double(hostCount)
        let chiSquare = counts.values.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
        let freedom = Double(hostCount - 1)
        // Five standard deviations of the chi-square distribution; a walk from a random start misses this by far.
        #expect(chiSquare < freedom + 5 * (2 * freedom).squareRoot())
    }

    /// On more hosts than a list of counts has, with several tasks a call, and again once every host has some.
    @Test(arguments: [[PlacementStrategy.spread(.instance)], [.spread(.instance), .binpack(.memory)]])
    func everyHostGetsItsShareBeforeAnyGetsMore(strategies: [PlacementStrategy]) {
        var index = HostIndex(orderingCost: 0)
        for number in 0..<100 { index.upsert(host("i-\(number)", cpu: 1 << 20, memory: 1 << 20)) }
        var generator = SeededGenerator(seed: 1)
        let request = PlacementRequest(demand: demand(), group: "g", strategies: strategies)
        for round in 1...4 {
            for call in 0..<10 {
                let first = (round * 10 + call) * 10
                let result = index.place(request, tasks: taskIDs(first..<first + 10), using: &generator)
                #expect(Set(result.placements.map(\.host)).count == 10)
            }
            for number in 0..<100 { #expect(index.taskCount(group: "g", on: HostID("i-\(number)")) == round) }
        }
    }

    @Test func serviceSpreadsOverZonesThenInstances() {
        var index = HostIndex()
        for number in 0..<60 {
            let zone = number < 40 ? "a" : number < 55 ? "b" : "c"
            index.upsert(host("i-\(number)", cpu: 1 << 20, memory: 1 << 20, zone: zone))
        }
        place(900, strategies: .serviceDefault, in: &index)
        for zone in ["a", "b", "c"] {
            #expect(index.taskCount(group: "service:web", availabilityZone: zone) == 300)
        }
        for number in 0..<60 {
            let share = number < 40 ? 7...8 : number < 55 ? 20...20 : 60...60
            #expect(share.contains(index.taskCount(group: "service:web", on: HostID("i-\(number)"))))
        }
    }

    @Test func aFullZoneDoesNotStopASpread() {
        var index = index(host("i-a", cpu: 512, zone: "a"), host("i-b", cpu: 4096, zone: "b"))
        place(10, strategies: .serviceDefault, in: &index)
        #expect(index.taskCount(group: "service:web", availabilityZone: "a") == 2)
        #expect(index.taskCount(group: "service:web", availabilityZone: "b") == 8)
    }

    @Test func spreadCountsOnlyItsOwnGroup() {
        var index = index(host("i-1", zone: "a"), host("i-2", zone: "b"))
        for number in 0..<5 { _ = index.reserve(demand(), task: number, on: "i-1") }
        place(4, strategies: [.spread(.instance)], in: &index)
        #expect(index.taskCount(group: "service:web", on: HostID("i-1")) == 2)
        #expect(index.taskCount(group: "service:web", on: HostID("i-2")) == 2)
    }

    @Test(arguments: [
        ([PlacementStrategy.binpack(.memory)], ["i-1": 2, "i-2": 1]),
        ([.binpack(.cpu)], ["i-2": 3]),
        ([.spread(.availabilityZone), .binpack(.memory)], ["i-1": 2, "i-2": 1]),
        ([.spread(.instance), .binpack(.memory)], ["i-1": 1, "i-2": 1, "i-3": 1]),
    ])
    func binpackFillsTheFullest(strategies: [PlacementStrategy], expected: [String: Int]) {
        var index = index(
            host("i-1", cpu: 4096, memory: 1024, zone: "a"), host("i-2", cpu: 1024, memory: 2048, zone: "b"),
            host("i-3", cpu: 8192, memory: 8192, zone: "a"))
        place(3, strategies: strategies, in: &index)
        for number in 1...3 {
            #expect(index.taskCount(group: "service:web", on: HostID("i-\(number)")) == expected["i-\(number)"] ?? 0)
        }
    }

    @Test func spreadTouchesHostsAlikeAmongEquals() {
        var index = HostIndex()
        for number in 0..<64 { index.upsert(host("i-\(number)", cpu: 1 << 20, memory: 1 << 20)) }
        var generator = SeededGenerator(seed: 5)
        var counts: [HostID: Int] = [:]
        for round in 0..<640 {
            let request = PlacementRequest(demand: demand(), group: "family:\(round)", strategies: .serviceDefault)
            let placements = index.place(request, tasks: [taskID(round)], using: &generator).placements
            for placement in placements { counts[placement.host, default: 0] += 1 }
        }
        #expect(counts.count == 64)
        #expect(counts.values.allSatisfy { (1...25).contains($0) })
    }

    /// The figure was computed once. It changes with the search; it must not change from run to run, as it would
    /// if the order of a dictionary or a set, which differs in each process, reached a decision.
    @Test func decisionsReplay() {
        var index = HostIndex()
        for number in 0..<200 {
            let attributes = ["disk", "gpu", "rack"].map { HostAttribute($0, "\(number % 7)") }
            index.upsert(host("i-\(number)", attributes: attributes, zone: "\(number % 5)"))
        }
        var generator = SeededGenerator(seed: 42)
        var checksum: UInt64 = 0xCBF2_9CE4_8422_2325
        for round in 0..<200 {
            let strategies: [[PlacementStrategy]] = [.runTaskDefault, .serviceDefault, [.binpack(.cpu)]]
            let request = PlacementRequest(
                demand: demand(dynamicTCP: 1, attributes: [HostAttribute("gpu", "\(round % 7)")]),
                group: "family:\(round % 4)", strategies: strategies[round % 3])
            let tasks = taskIDs(round * 10..<round * 10 + 10)
            for placement in index.place(request, tasks: tasks, using: &generator).placements {
                for byte in "\(placement.host):\(placement.reservation.dynamicPorts)".utf8 {
                    checksum = (checksum ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
                }
            }
            for task in tasks.prefix(3) { index.release(task) }
            if round % 20 == 0 { index.remove(HostID("i-\(round)")) }
        }
        #expect(checksum == 12_575_255_064_532_123_065)
    }

    private func place(_ count: Int, strategies: [PlacementStrategy], in index: inout HostIndex) {
        var generator = SeededGenerator(seed: 7)
        let request = PlacementRequest(demand: demand(), group: "service:web", strategies: strategies)
        let result = index.place(request, tasks: taskIDs(1000..<1000 + count), using: &generator)
        #expect(result.placements.count == count)
        #expect(result.explanation == nil)
    }
}
