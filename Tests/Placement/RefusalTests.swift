import Placement
import Testing

/// Each filter's reason and words, through StartTask's door.
@Suite struct RefusalTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let demand: ResourceDemand
        let host: Host
        let reason: RefusalReason
        let detail: String
        var testDescription: String { name }
    }

    static let small = host("i-1", cpu: 1024, memory: 2048, tcp: [22], udp: [53], range: 100...102)

    static let cases: [Case] = [
        Case(
            name: "draining", demand: demand(), host: host("i-1", status: .draining), reason: .inactive,
            detail: "is DRAINING and takes no new tasks"),
        Case(
            name: "agent before everything that is short", demand: demand(cpu: 9999),
            host: host("i-1", connected: false), reason: .agent, detail: "its agent is not connected"),
        Case(
            name: "attribute absent, before resources", demand: demand(cpu: 9999, attributes: [HostAttribute("gpu")]),
            host: small, reason: .attribute, detail: "needs attribute gpu, which it lacks"),
        Case(
            name: "attribute with another value", demand: demand(attributes: [HostAttribute("disk", "ssd")]),
            host: host("i-1", attributes: [HostAttribute("disk", "hdd")]), reason: .attribute,
            detail: "needs attribute disk=ssd; it has disk=hdd"),
        Case(
            name: "attribute without a value", demand: demand(attributes: [HostAttribute("disk", "ssd")]),
            host: host("i-1", attributes: [HostAttribute("disk")]), reason: .attribute,
            detail: "needs attribute disk=ssd; it has disk"),
        Case(
            name: "cpu", demand: demand(cpu: 1025), host: small, reason: .cpu,
            detail: "needs 1025 CPU units; 1024 of 1024 are free"),
        Case(
            name: "memory", demand: demand(memory: 2049), host: small, reason: .memory,
            detail: "needs 2049 MiB of memory; 2048 of 2048 MiB are free"),
        Case(
            name: "every resource is listed, the first is the reason",
            demand: demand(cpu: 2000, memory: 3000, ports: [HostPort(.udp, 53)]), host: small, reason: .cpu,
            detail:
                "needs 2000 CPU units; 1024 of 1024 are free, and needs 3000 MiB of memory; 2048 of 2048 MiB are free, "
                + "and needs udp port 53, which the host reserves"),
        Case(
            name: "tcp port of the host", demand: demand(ports: [HostPort(.tcp, 22)]), host: small, reason: .ports,
            detail: "needs tcp port 22, which the host reserves"),
        Case(
            name: "udp port of the host", demand: demand(ports: [HostPort(.udp, 53)]), host: small, reason: .portsUDP,
            detail: "needs udp port 53, which the host reserves"),
        Case(
            name: "a port asked for twice", demand: demand(ports: [HostPort(.tcp, 80), HostPort(.tcp, 80)]),
            host: small,
            reason: .ports, detail: "needs tcp port 80 twice"),
        Case(
            name: "dynamic ports, one of the range asked for by number",
            demand: demand(ports: [HostPort(.tcp, 101)], dynamicTCP: 3), host: small, reason: .ports,
            detail: "needs 3 dynamic tcp ports; 2 of 3 from 100 to 102 are free"),
        Case(
            name: "dynamic udp ports", demand: demand(dynamicUDP: 4), host: small, reason: .portsUDP,
            detail: "needs 4 dynamic udp ports; 3 of 3 from 100 to 102 are free"),
        Case(
            name: "static port limit", demand: demand(ports: [HostPort(.udp, 200), HostPort(.udp, 201)]),
            host: host("i-1", tcp: Array(1...90), udp: Array(1...9)), reason: .portsUDP,
            detail: "needs 2 static ports; 99 of the 100 that a host may have are in use"),
    ]

    @Test(arguments: cases)
    func refuses(_ example: Case) {
        var index = index(example.host)
        let refusal = index.refusal(of: example.demand, on: "i-1")
        #expect(refusal?.reason == example.reason)
        #expect(refusal?.detail == example.detail)
        #expect(index.reservationCount == 0)
    }

    struct Fitting: Sendable, CustomTestStringConvertible {
        let name: String
        let demand: ResourceDemand
        var testDescription: String { name }
    }

    @Test(arguments: [
        Fitting(name: "everything there is", demand: demand(cpu: 1024, memory: 2048)),
        Fitting(name: "nothing", demand: demand(cpu: 0, memory: 0)),
        Fitting(
            name: "the same number in the other protocol",
            demand: demand(ports: [HostPort(.udp, 22), HostPort(.tcp, 53)])),
        Fitting(name: "the whole range", demand: demand(dynamicTCP: 3, dynamicUDP: 3)),
        Fitting(name: "a static port of the range", demand: demand(ports: [HostPort(.tcp, 100)], dynamicTCP: 2)),
    ])
    func fits(_ example: Fitting) {
        var index = index(Self.small)
        #expect(index.reserve(example.demand, task: 1, on: "i-1") != nil)
    }

    @Test func unknownHostIsMissing() {
        var index = HostIndex()
        #expect(index.refusal(of: demand(), on: "i-1")?.reason == .missing)
    }

    @Test func namesTheTaskThatHoldsThePort() {
        var index = index(host("i-1"))
        _ = index.reserve(demand(ports: [HostPort(.tcp, 80)]), task: 1, on: "i-1")
        let refusal = index.refusal(of: demand(ports: [HostPort(.tcp, 80)]), on: "i-1")
        #expect(refusal?.causes == [.staticPort(HostPort(.tcp, 80), holder: .task(taskID(1)))])
        #expect(refusal?.detail == "needs tcp port 80, which task \(taskID(1)) holds")
    }

    @Test func explanationCountsAllAndNamesTheNearest() throws {
        var index = index(
            host("i-far", cpu: 128), host("i-near", memory: 500), host("i-nearest", memory: 511),
            host("i-off", connected: false), host("i-drain", status: .draining))
        var generator = SeededGenerator(seed: 1)
        let request = PlacementRequest(demand: demand(), group: "g", explainLimit: 2)
        let result = index.place(request, tasks: taskIDs(0..<10), using: &generator)
        #expect(result.placements.isEmpty)
        let explanation = try #require(result.explanation)
        #expect(explanation.activeHostCount == 4)
        #expect(explanation.drainingHostCount == 1)
        #expect(explanation.counts.map(\.reason) == [.agent, .cpu, .memory])
        #expect(explanation.counts.map(\.hostCount) == [1, 1, 2])
        #expect(explanation.nearest.map(\.host.value) == ["i-nearest", "i-near"])
        #expect(
            explanation.summary == "none of 4 ACTIVE container instances can take the task "
                + "(1 AGENT, 1 RESOURCE:CPU, 2 RESOURCE:MEMORY); nearest is i-nearest: "
                + "needs 512 MiB of memory; 511 of 511 MiB are free")
    }

    @Test func explanationOfManyHostsStaysShort() throws {
        var index = HostIndex()
        for number in 0..<1000 { index.upsert(host("i-\(number)", cpu: number % 200)) }
        var generator = SeededGenerator(seed: 1)
        let result = index.place(
            PlacementRequest(demand: demand(), group: "g"), tasks: [taskID(1)], using: &generator)
        let explanation = try #require(result.explanation)
        #expect(explanation.activeHostCount == 1000)
        #expect(explanation.nearest.count == 100)
        let free = explanation.nearest.compactMap { refusal -> Int? in
            guard case .cpu(let cpu) = refusal.causes.first else { return nil }
            return cpu.free
        }
        #expect(free == (180...199).reversed().flatMap { [Int](repeating: $0, count: 5) })
    }

    @Test func emptyAndDrainingClustersAreExplained() {
        var index = HostIndex()
        var generator = SeededGenerator(seed: 1)
        let request = PlacementRequest(demand: demand(), group: "g")
        let empty = index.place(request, tasks: [taskID(1)], using: &generator)
        #expect(empty.explanation?.summary == "the cluster has no container instances")
        index.upsert(host("i-1", status: .draining))
        let draining = index.place(request, tasks: [taskID(1)], using: &generator)
        #expect(draining.explanation?.summary == "all 1 container instances are DRAINING")
    }
}
