import Foundation
import Placement
import Testing

@Suite struct PortRangeTests {
    private static func range(_ numbers: ClosedRange<UInt16>) -> HostPortRange { HostPortRange(.tcp, numbers) }

    @Test func rangesLieBehindEachOther() throws {
        var index = index(host("i-1", tcp: [104], range: 100...120))
        let first = index.reserve(demand(dynamicTCP: 1, ranges: [.init(.tcp, count: 3)]), task: 1, on: "i-1")
        #expect(first?.reservation.portRanges == [Self.range(100...102)])
        #expect(first?.reservation.dynamicPorts == [HostPort(.tcp, 103)])
        let second = index.reserve(demand(ranges: [.init(.tcp, count: 2), .init(.udp, count: 2)]), task: 2, on: "i-1")
        #expect(second?.reservation.portRanges == [Self.range(105...106), HostPortRange(.udp, 100...101)])
        index.release(taskID(1))
        let third = index.reserve(demand(ranges: [.init(.tcp, count: 14)]), task: 3, on: "i-1")
        #expect(third?.reservation.portRanges == [Self.range(107...120)], "ports just freed rest")
        let fourth = index.reserve(demand(ranges: [.init(.tcp, count: 4)]), task: 4, on: "i-1")
        #expect(fourth?.reservation.portRanges == [Self.range(100...103)], "and the range goes round")
        #expect(index.remaining(on: HostID("i-1"))?.dynamicTCPPorts == Array(100...103) + Array(105...120))
    }

    /// The longest is laid first, whatever the order of the mappings; they come back in that order.
    @Test func severalRangesOfOneTask() {
        var index = index(host("i-1", tcp: [103], range: 100...109))
        let ranges = [2, 3, 4].map { PortRangeDemand(.tcp, count: $0) }
        let placement = index.reserve(demand(ranges: ranges), task: 1, on: "i-1")
        #expect(placement?.reservation.portRanges == [108...109, 100...102, 104...107].map(Self.range))
    }

    @Test func freePortsApartAreNoRange() {
        var index = index(host("i-1", tcp: [102, 105], range: 100...107))
        let refusal = index.refusal(of: demand(ranges: [.init(.tcp, count: 3)]), on: "i-1")
        #expect(refusal?.reason == .ports)
        #expect(refusal?.detail == "needs 3 tcp ports in a row; from 100 to 107 there is no such gap")
        #expect(index.refusal(of: demand(ranges: [.init(.udp, count: 9)]), on: "i-1")?.reason == .portsUDP)
        let fixed = demand(ports: [HostPort(.tcp, 106)], ranges: [.init(.tcp, count: 2), .init(.tcp, count: 2)])
        let placement = index.reserve(fixed, task: 1, on: "i-1")
        #expect(
            placement?.reservation.portRanges == [100...101, 103...104].map(Self.range), "not where its own port is")
    }

    /// API Reference, PortMapping: ports that are assigned automatically do not count toward the limit.
    @Test func rangesDoNotCountTowardTheLimit() {
        var index = index(host("i-1", tcp: Array(1...99)))
        #expect(index.reserve(demand(ranges: [.init(.tcp, count: 500)]), task: 1, on: "i-1") != nil)
        #expect(index.reserve(demand(ports: [HostPort(.tcp, 80), HostPort(.tcp, 32768)]), task: 2, on: "i-1") == nil)
        #expect(index.reserve(demand(ports: [HostPort(.tcp, 200)]), task: 3, on: "i-1") != nil)
    }

    @Test func aWholeRangeIsReassigned() {
        var index = index(host("i-1", tcp: [130], range: 100...120))
        _ = index.reserve(demand(dynamicTCP: 1, ranges: [.init(.tcp, count: 3)]), task: 1, on: "i-1")
        _ = index.reserve(demand(ranges: [.init(.tcp, count: 3)]), task: 2, on: "i-1")
        func reassign(_ old: ClosedRange<UInt16>, _ new: ClosedRange<UInt16>) -> PortReassignment {
            index.reassignRange(of: taskID(1), from: Self.range(old), to: Self.range(new))
        }
        #expect(reassign(100...102, 106...108) == .inUse(by: taskID(2)))
        #expect(reassign(100...102, 128...130) == .inUse(by: nil))
        #expect(reassign(100...101, 110...111) == .notHeld)
        #expect(reassign(100...102, 98...100) == .reassigned, "it may overlap the old one")
        #expect(reassign(100...102, 110...112) == .notHeld, "a repeated report")
        #expect(index.remaining(on: HostID("i-1"))?.dynamicTCPPorts == [98, 99, 100, 103, 104, 105, 106])
        index.release(taskID(1))
        index.release(taskID(2))
        #expect(index.remaining(on: HostID("i-1"))?.dynamicTCPPorts == [])
    }

    /// Tasks with up to four ranges each, on a host that is nearly full.
    @Test(arguments: 0..<60) func nothingIsGivenTwiceAndAllComesBack(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var index = index(host("i-1", cpu: 0, memory: 0, tcp: [110, 111, 140], udp: [150], range: 100...160))
        let before = index.remaining(on: HostID("i-1"))
        var held: [Int: Reservation] = [:]
        for number in 0..<200 {
            if Bool.random(using: &random), let task = held.keys.sorted().randomElement(using: &random) {
                #expect(index.release(taskID(task))?.reservation == held.removeValue(forKey: task))
            }
            let ranges = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                PortRangeDemand(random.next() & 1 == 0 ? .tcp : .udp, count: Int.random(in: 1...9, using: &random))
            }
            let demand = demand(cpu: 0, memory: 0, dynamicTCP: Int.random(in: 0...2, using: &random), ranges: ranges)
            guard let placement = index.reserve(demand, task: number, on: "i-1") else { continue }
            held[number] = placement.reservation
            let ports = held.values.flatMap { $0.dynamicPorts + $0.portRanges.flatMap(\.ports) }
            #expect(Set(ports).count == ports.count)
            #expect(ports.allSatisfy { (100...160).contains($0.number) })
            #expect(Set(ports).isDisjoint(with: [110, 111, 140].map { HostPort(.tcp, $0) } + [HostPort(.udp, 150)]))
            #expect(
                placement.reservation.portRanges.map { PortRangeDemand($0.protocol, count: $0.numbers.count) } == ranges
            )
        }
        #expect(held.count > 0)
        for task in held.keys { index.release(taskID(task)) }
        #expect(index.remaining(on: HostID("i-1")) == before)
    }

    @Test(arguments: [
        ("8000-8010", 8000...8010 as ClosedRange<UInt16>?), ("1-65535", 1...65535), ("80-80", 80...80), ("0-5", nil),
        ("10-5", nil), ("1-65536", nil), ("1", nil), ("1-2-3", nil), ("-1-2", nil), ("", nil), ("a-b", nil),
    ])
    func textsOfRanges(text: String, expected: ClosedRange<UInt16>?) {
        #expect(HostPortRange.numbers(text) == expected)
    }

    /// Records of earlier versions have no ranges and no GPUs; those without any are written as they were.
    @Test func reservationsOfEarlierVersionsAreRead() throws {
        let old = #"{"cpuUnits":1,"memoryMiB":2,"staticPorts":[],"dynamicPorts":[]}"#
        let read = try JSONDecoder().decode(Reservation.self, from: Data(old.utf8))
        #expect(read == Reservation(cpuUnits: 1, memoryMiB: 2))
        let written = String(decoding: try JSONEncoder().encode(read), as: UTF8.self)
        #expect(!written.contains("portRanges") && !written.contains("gpuIDs"))
        let full = Reservation(cpuUnits: 1, memoryMiB: 2, portRanges: [Self.range(5...9)], gpuIDs: ["GPU-1"])
        #expect(try JSONDecoder().decode(Reservation.self, from: try JSONEncoder().encode(full)) == full)
    }
}
