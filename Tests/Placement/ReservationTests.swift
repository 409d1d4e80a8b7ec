import Placement
import Testing

@Suite struct ReservationTests {
    @Test func dynamicPortsRotate() throws {
        var index = index(host("i-1", tcp: [101], range: 100...104))
        let firstPlacement = index.reserve(demand(dynamicTCP: 2), task: 1, on: "i-1")
        let first = try #require(firstPlacement)
        #expect(first.reservation.dynamicPorts.map(\.number) == [100, 102])
        index.release(taskID(1))
        let secondPlacement = index.reserve(demand(dynamicTCP: 1), task: 2, on: "i-1")
        let second = try #require(secondPlacement)
        #expect(second.reservation.dynamicPorts.map(\.number) == [103], "a port just freed rests")
        let thirdPlacement = index.reserve(demand(dynamicTCP: 2), task: 3, on: "i-1")
        let third = try #require(thirdPlacement)
        #expect(third.reservation.dynamicPorts.map(\.number) == [104, 100], "and the range goes round")
    }

    @Test func dynamicPortsRotateAlsoAfterRestore() throws {
        var index = index(host("i-1", range: 100...104))
        let held = Reservation(cpuUnits: 1, memoryMiB: 1, dynamicPorts: [HostPort(.tcp, 102)])
        index.restore(Placement(task: taskID(1), host: HostID("i-1"), group: "g", reservation: held))
        let nextPlacement = index.reserve(demand(dynamicTCP: 1), task: 2, on: "i-1")
        let next = try #require(nextPlacement)
        #expect(next.reservation.dynamicPorts.map(\.number) == [103])
    }

    @Test func protocolsHaveTheirOwnPorts() throws {
        var index = index(host("i-1", range: 100...101))
        let reserved = index.reserve(demand(dynamicTCP: 2, dynamicUDP: 1), task: 1, on: "i-1")
        let placement = try #require(reserved)
        let expected = [HostPort(.tcp, 100), HostPort(.tcp, 101), HostPort(.udp, 100)]
        #expect(placement.reservation.dynamicPorts == expected)
    }

    @Test func remainingListsUsedPortsAsECSDoes() throws {
        var index = index(host("i-1", cpu: 1024, memory: 2048, tcp: [51678, 22], udp: [53]))
        let ports = [HostPort(.tcp, 80), HostPort(.udp, 80)]
        _ = index.reserve(demand(ports: ports, dynamicTCP: 1), task: 1, on: "i-1")
        let expected = RemainingResources(
            cpuUnits: 768, memoryMiB: 1536, usedTCPPorts: [22, 80, 51678], usedUDPPorts: [53, 80],
            dynamicTCPPorts: [32768], dynamicUDPPorts: [], reservationCount: 1)
        #expect(index.remaining(on: HostID("i-1")) == expected)
    }

    @Test func releaseGivesEverythingBackOnce() {
        var index = index(host("i-1"))
        let before = index.remaining(on: HostID("i-1"))
        let placement = index.reserve(demand(ports: [HostPort(.tcp, 80)], dynamicTCP: 1), task: 1, on: "i-1")
        #expect(index.release(taskID(1)) == placement)
        #expect(index.release(taskID(1)) == nil)
        #expect(index.remaining(on: HostID("i-1")) == before)
        #expect(index.taskCount(group: "g") == 0)
    }

    @Test func restoreBelievesTheRecord() {
        var index = index(host("i-1", cpu: 100, memory: 100, tcp: [80]))
        let held = Reservation(cpuUnits: 400, memoryMiB: 50, staticPorts: [HostPort(.tcp, 80)])
        for number in 1...2 {
            let placement = Placement(task: taskID(number), host: HostID("i-1"), group: "g", reservation: held)
            #expect(index.restore(placement) == true)
            #expect(index.restore(placement) == true, "restoring twice is harmless")
        }
        #expect(index.remaining(on: HostID("i-1"))?.cpuUnits == -700)
        #expect(index.remaining(on: HostID("i-1"))?.memoryMiB == 0)
        #expect(
            index.refusal(of: demand(cpu: 1, memory: 0), on: "i-1")?.detail == "needs 1 CPU units; 0 of 100 are free")
        #expect(index.reserve(demand(cpu: 0, memory: 0), task: 3, on: "i-1") != nil, "who wants nothing of it may come")
        index.release(taskID(1))
        #expect(index.remaining(on: HostID("i-1"))?.usedTCPPorts == [80], "the other task still holds the port")
        #expect(
            (index.restore(Placement(task: taskID(9), host: HostID("i-2"), group: "g", reservation: held))) == false)
    }

    @Test func registeringAgainKeepsReservations() {
        var index = index(host("i-1", cpu: 1024, memory: 1024))
        _ = index.reserve(demand(cpu: 512, memory: 512), task: 1, on: "i-1")
        index.upsert(host("i-1", cpu: 256, memory: 2048, zone: "b"))
        #expect(index.remaining(on: HostID("i-1"))?.cpuUnits == -256)
        #expect(index.remaining(on: HostID("i-1"))?.memoryMiB == 1536)
        #expect(index.taskCount(group: "g", availabilityZone: "a") == 0)
        #expect(index.taskCount(group: "g", availabilityZone: "b") == 1)
        #expect(index.hostCount == 1)
    }

    @Test func removedHostTakesItsReservationsAlong() {
        var index = index(host("i-1"), host("i-2"))
        for number in [3, 1, 2] { _ = index.reserve(demand(), task: number, on: "i-1") }
        _ = index.reserve(demand(), task: 4, on: "i-2")
        #expect(index.remove(HostID("i-1")) == [taskID(1), taskID(2), taskID(3)])
        #expect(index.remove(HostID("i-1")) == [])
        #expect(index.release(taskID(1)) == nil)
        #expect(index.reservationCount == 1)
        index.upsert(host("i-3", cpu: 64))
        #expect(index.remaining(on: HostID("i-3"))?.cpuUnits == 64, "a slot used again remembers nothing")
        #expect(index.placement(of: taskID(4))?.host == HostID("i-2"))
    }

    @Test func reassignsOnlyToFreePorts() {
        var index = index(host("i-1", tcp: [22], range: 100...110))
        _ = index.reserve(demand(ports: [HostPort(.tcp, 80)], dynamicTCP: 1), task: 1, on: "i-1")
        _ = index.reserve(demand(dynamicTCP: 1), task: 2, on: "i-1")
        func reassign(_ old: UInt16, _ new: UInt16) -> PortReassignment {
            index.reassignPort(of: taskID(2), protocol: .tcp, from: old, to: new)
        }
        #expect(reassign(101, 80) == .inUse(by: taskID(1)))
        #expect(reassign(101, 100) == .inUse(by: taskID(1)))
        #expect(reassign(101, 22) == .inUse(by: nil))
        #expect(reassign(101, 40000) == .reassigned, "also outside the range: it is what the host gave")
        #expect(reassign(101, 40000) == .notHeld, "a repeated report")
        #expect(reassign(40000, 40000) == .reassigned)
        #expect(index.reassignPort(of: taskID(7), protocol: .tcp, from: 1, to: 2) == .notHeld)
        #expect(index.remaining(on: HostID("i-1"))?.dynamicTCPPorts == [100, 40000])
        #expect(index.placement(of: taskID(2))?.reservation.dynamicPorts == [HostPort(.tcp, 40000)])
    }

    @Test func drainingAndDisconnectedHostsKeepTasksAndGetNone() {
        var index = index(host("i-1"))
        #expect(index.place(demand(), task: 1) != nil)
        index.setStatus(.draining, on: HostID("i-1"))
        #expect(index.place(demand(), task: 2) == nil)
        index.setStatus(.active, on: HostID("i-1"))
        index.setAgentConnected(false, on: HostID("i-1"))
        #expect(index.place(demand(), task: 3) == nil)
        #expect(index.tasks(on: HostID("i-1")) == [taskID(1)])
        index.setAgentConnected(true, on: HostID("i-1"))
        #expect(index.place(demand(), task: 4) != nil)
        #expect((index.setStatus(.active, on: HostID("i-2"))) == false)
        #expect((index.setAgentConnected(true, on: HostID("i-2"))) == false)
        #expect((index.setAttributes([], on: HostID("i-2"))) == false)
    }

    /// Enough tasks that every part of the table of reservations has collisions, growth and holes.
    @Test func manyTasksComeAndGo() {
        var index = index(host("i-1", cpu: 1 << 30, memory: 1 << 30), host("i-2", cpu: 1 << 30, memory: 1 << 30))
        var random = SeededGenerator(seed: 3)
        var here: Set<TaskID> = []
        for _ in 0..<60_000 {
            let number = Int.random(in: 0..<30_000, using: &random)
            let task = TaskID(high: UInt64(number) &* 0x9E37_79B9_7F4A_7C15, low: UInt64(number))
            if here.remove(task) != nil {
                let released = index.release(task)
                if released?.task != task { Issue.record("\(task) was lost") }
            } else {
                let held = Reservation(cpuUnits: 1, memoryMiB: 1)
                let host = HostID(number % 2 == 0 ? "i-1" : "i-2")
                index.restore(Placement(task: task, host: host, group: "g", reservation: held))
                here.insert(task)
            }
        }
        #expect(index.reservationCount == here.count)
        #expect(Set(index.tasks(on: HostID("i-1"))).union(index.tasks(on: HostID("i-2"))) == here)
        #expect(here.allSatisfy { index.placement(of: $0)?.task == $0 })
    }

    @Test func placingATaskTwiceIsABug() async {
        await #expect(processExitsWith: .failure) {
            var index = index(host("i-1"))
            _ = index.reserve(demand(), task: 1, on: "i-1")
            _ = index.reserve(demand(), task: 1, on: "i-1")
        }
    }

    @Test(arguments: [
        ("0123456789abcdef0123456789ABCDEF", "0123456789abcdef0123456789abcdef" as String?),
        ("ffffffffffffffff0000000000000001", "ffffffffffffffff0000000000000001"),
        ("00000000000000000000000000000000", "00000000000000000000000000000000"),
        ("0123456789abcdef0123456789abcde", nil), ("0123456789abcdef0123456789abcdef0", nil),
        ("0123456789abcdef0123456789abcdeg", nil), ("", nil),
    ])
    func taskIDsAre32Digits(text: String, expected: String?) {
        #expect(TaskID(text)?.description == expected)
    }
}
