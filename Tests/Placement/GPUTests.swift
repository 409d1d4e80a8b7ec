import Placement
import Testing

@Suite struct GPUTests {
    @Test func eachDeviceIsGivenOnce() {
        var index = index(host("i-1", gpus: ["b", "a", "c"]))
        #expect(index.reserve(demand(gpus: 2), task: 1, on: "i-1")?.reservation.gpuIDs == ["b", "a"])
        #expect(index.remaining(on: HostID("i-1"))?.freeGPUIDs == ["c"])
        let refusal = index.refusal(of: demand(gpus: 2), on: "i-1")
        #expect(refusal?.reason == .gpu)
        #expect(refusal?.detail == "needs 2 GPUs; 1 of 3 are free")
        #expect(index.reserve(demand(), task: 2, on: "i-1") != nil, "others still come")
        index.release(taskID(1))
        #expect(index.reserve(demand(gpus: 3), task: 3, on: "i-1")?.reservation.gpuIDs == ["b", "a", "c"])
    }

    @Test func aHostWithoutGPUsIsNoHostForThem() {
        var index = index(host("i-1"), host("i-2", gpus: ["g"]))
        #expect(index.place(demand(gpus: 1), task: 1)?.host == HostID("i-2"))
        #expect(index.place(demand(gpus: 1), task: 2) == nil)
        #expect(index.refusal(of: demand(cpu: 100_000, gpus: 1), on: "i-1")?.causes.map(\.reason) == [.cpu, .gpu])
    }

    @Test func recordsAreBelieved() {
        var index = index(host("i-1", gpus: ["a", "b"]))
        for number in 1...2 {
            let held = Reservation(cpuUnits: 0, memoryMiB: 0, gpuIDs: ["a", "gone"])
            index.restore(Placement(task: taskID(number), host: HostID("i-1"), group: "g", reservation: held))
        }
        #expect(index.remaining(on: HostID("i-1"))?.freeGPUIDs == ["b"])
        index.release(taskID(1))
        #expect(index.remaining(on: HostID("i-1"))?.freeGPUIDs == ["b"], "the other task still holds it")
        index.release(taskID(2))
        #expect(index.remaining(on: HostID("i-1"))?.freeGPUIDs == ["a", "b"])
    }

    @Test func registeringAgainWithOtherDevices() {
        var index = index(host("i-1", gpus: ["a", "b"]))
        _ = index.reserve(demand(gpus: 1), task: 1, on: "i-1")
        index.upsert(host("i-1", gpus: ["b", "c"]))
        #expect(index.remaining(on: HostID("i-1"))?.freeGPUIDs == ["b", "c"])
        index.upsert(host("i-1", gpus: ["c", "a"]))
        #expect(index.remaining(on: HostID("i-1"))?.freeGPUIDs == ["c"], "the task came back with its device")
        index.release(taskID(1))
        #expect(index.remaining(on: HostID("i-1"))?.freeGPUIDs == ["c", "a"])
    }
}
