import Foundation
import Testing

@testable import AgentMetadata

@Suite struct StatsTests {
    private static let subject = StatsBook.Subject(
        runtimeID: "c1", name: "ecs-app-3-web", cgroupParent: nil, sharesHostNetwork: false)

    private func json(_ document: StatsDocument?) -> [String: Any] {
        object(answer(JSONAnswer.make(document, snakeCase: true)).json)
    }

    @Test func unifiedHierarchy() throws {
        let stats = try #require(
            StatsBook(files: FakeKernel.unified().files).stats(Self.subject, withRates: true, now: startOfTime))
        #expect(
            stats.cpuStats.cpuUsage
                == .init(totalUsage: 5_000_000, usageInKernelmode: 2_000_000, usageInUsermode: 3_000_000))
        #expect(stats.cpuStats.throttlingData == .init(periods: 9, throttledPeriods: 4, throttledTime: 70_000))
        #expect(stats.cpuStats.systemCpuUsage == 413_760_000_000)
        #expect(stats.cpuStats.onlineCpus == 2)
        #expect(stats.memoryStats.usage == 1_048_576)
        #expect(stats.memoryStats.limit == 67_108_864)
        #expect(stats.memoryStats.stats == ["anon": 500, "file": 400])
        #expect(stats.pidsStats == PIDStats(current: 3, limit: nil))
        #expect(
            stats.blkioStats.ioServiceBytesRecursive == [
                .init(major: 8, minor: 0, op: "read", value: 4096), .init(major: 8, minor: 0, op: "write", value: 512),
            ])
        #expect(stats.blkioStats.ioServicedRecursive.map(\.value) == [1, 2])
        #expect(
            stats.networks == [
                "eth0": NetworkCounters(
                    rxBytes: 1300, rxPackets: 13, rxErrors: 1, rxDropped: 2, txBytes: 700, txPackets: 7, txErrors: 3,
                    txDropped: 4)
            ])
        #expect(stats.networkRateStats == nil)
    }

    @Test func separateHierarchies() throws {
        let stats = try #require(
            StatsBook(files: FakeKernel.separate().files).stats(Self.subject, withRates: true, now: startOfTime))
        #expect(
            stats.cpuStats.cpuUsage
                == .init(
                    totalUsage: 123_456_789, percpuUsage: [100_000_000, 23_456_789], usageInKernelmode: 50_000_000,
                    usageInUsermode: 70_000_000))
        #expect(stats.cpuStats.throttlingData == .init(periods: 3, throttledPeriods: 2, throttledTime: 1000))
        #expect(stats.memoryStats.maxUsage == 3_145_728)
        #expect(stats.memoryStats.failcnt == 5)
        #expect(stats.memoryStats.limit == 8_000_000 * 1024, "no limit is the host's memory")
        #expect(stats.pidsStats == PIDStats(current: 2, limit: 100))
        #expect(stats.blkioStats.ioServiceBytesRecursive.map(\.op) == ["Read", "Write"])
    }

    /// Docker Engine API, ContainerStats: the names that monitors look for.
    @Test(arguments: [FakeKernel.unified(), .separate()]) func theShapeIsDockers(kernel: FakeKernel) throws {
        let book = StatsBook(files: kernel.files)
        _ = book.stats(Self.subject, withRates: true, now: startOfTime)
        let stats = json(book.stats(Self.subject, withRates: true, now: startOfTime.addingTimeInterval(1)))
        #expect(
            Set(stats.keys) == [
                "read", "preread", "pids_stats", "blkio_stats", "num_procs", "storage_stats", "cpu_stats",
                "precpu_stats", "memory_stats", "name", "id", "networks", "network_rate_stats",
            ])
        let cpu = try #require(stats["cpu_stats"] as? [String: Any])
        #expect(Set(cpu.keys) == ["cpu_usage", "system_cpu_usage", "online_cpus", "throttling_data"])
        let usage = try #require(cpu["cpu_usage"] as? [String: Any])
        #expect(
            Set(usage.keys).subtracting(["percpu_usage"]) == [
                "total_usage", "usage_in_kernelmode", "usage_in_usermode",
            ])
        let throttling = try #require(cpu["throttling_data"] as? [String: Any])
        #expect(Set(throttling.keys) == ["periods", "throttled_periods", "throttled_time"])
        let networks = try #require(stats["networks"] as? [String: [String: Any]])
        #expect(
            Set(try #require(networks["eth0"]).keys) == [
                "rx_bytes", "rx_packets", "rx_errors", "rx_dropped", "tx_bytes", "tx_packets", "tx_errors",
                "tx_dropped",
            ])
        let blockIO = try #require(stats["blkio_stats"] as? [String: Any])
        #expect(blockIO["io_service_bytes_recursive"] is [[String: Any]])
        #expect(stats["name"] as? String == "/ecs-app-3-web")
    }

    @Test func ratesAreBetweenTwoReadings() throws {
        let kernel = FakeKernel.unified()
        let book = StatsBook(files: kernel.files)
        let first = try #require(book.stats(Self.subject, withRates: true, now: startOfTime))
        #expect(first.preread == "0001-01-01T00:00:00Z")
        kernel["/proc/4242/net/dev"] = "eth0: 5300 0 0 0 0 0 0 0 1700 0 0 0\n"
        let second = try #require(book.stats(Self.subject, withRates: true, now: startOfTime.addingTimeInterval(4)))
        #expect(second.preread == first.read)
        #expect(second.precpuStats == first.cpuStats)
        #expect(second.networkRateStats == NetworkRate(rxBytesPerSec: 1000, txBytesPerSec: 250))
        // Started anew: its counters are too.
        kernel["/proc/4242/net/dev"] = "eth0: 10 0 0 0 0 0 0 0 20 0 0 0\n"
        let third = try #require(book.stats(Self.subject, withRates: true, now: startOfTime.addingTimeInterval(5)))
        #expect(third.networkRateStats == NetworkRate(rxBytesPerSec: 10, txBytesPerSec: 20))
        #expect(book.stats(Self.subject, withRates: false, now: startOfTime)?.networkRateStats == nil)
    }

    @Test func aContainerIsReadOnceASecondHoweverManyAsk() {
        let kernel = FakeKernel.unified()
        let book = StatsBook(files: kernel.files)
        _ = book.stats(Self.subject, withRates: true, now: startOfTime)
        let reads = kernel.reads
        for tenth in 1...9 {
            _ = book.stats(Self.subject, withRates: true, now: startOfTime.addingTimeInterval(Double(tenth) / 10))
        }
        #expect(kernel.reads == reads)
        _ = book.stats(Self.subject, withRates: true, now: startOfTime.addingTimeInterval(1))
        #expect(kernel.reads > reads)
    }

    @Test func whatDoesNotRunHasNone() {
        let kernel = FakeKernel.unified()
        let book = StatsBook(files: kernel.files)
        var other = Self.subject
        other.runtimeID = "c9"
        #expect(book.stats(other, withRates: true, now: startOfTime) == nil)
        #expect(book.stats(Self.subject, withRates: true, now: startOfTime) != nil)
        kernel.removeAll(below: "/sys/fs/cgroup/docker/c1")
        #expect(book.stats(Self.subject, withRates: true, now: startOfTime) == nil)
    }

    @Test func aTasksOwnGroupIsLookedInFirst() throws {
        let book = StatsBook(files: FakeKernel.unified().files)
        let subject = StatsBook.Subject(runtimeID: "c2", name: "n", cgroupParent: "/ecs/t1", sharesHostNetwork: true)
        let stats = try #require(book.stats(subject, withRates: true, now: startOfTime))
        #expect(stats.memoryStats.limit == 8_000_000 * 1024)
        #expect(stats.networks == nil, "the host's interfaces are not its own")
        #expect(book.addresses(subject) == ["172.17.0.3"])
    }

    @Test func aSliceOfSystemdIsInsideOfOthers() {
        let kernel = FakeKernel([
            "/sys/fs/cgroup/cgroup.controllers": "",
            "/sys/fs/cgroup/ecs.slice/ecs-t1.slice/docker-c1.scope/memory.max": "max\n",
        ])
        let found = ContainerCgroup.find(runtimeID: "c1", parent: "ecs-t1.slice", in: kernel.files)
        #expect(found?.path == "ecs.slice/ecs-t1.slice/docker-c1.scope")
    }

    @Test func processesMayBeInAGroupFurtherDown() throws {
        let book = StatsBook(files: FakeKernel.podman().files)
        let subject = StatsBook.Subject(
            runtimeID: "c1", name: "ecs-app-3-web", cgroupParent: "ecstasks-t1.slice", sharesHostNetwork: false)
        #expect(book.addresses(subject) == ["172.17.0.2"])
        let stats = try #require(book.stats(subject, withRates: true, now: startOfTime))
        #expect(stats.networks?["eth0"]?.rxBytes == 1300)
        #expect(stats.memoryStats.usage == 348_160, "what all of its groups use")
    }

    @Test func addressesAreTheNetworksOwn() {
        let book = StatsBook(files: FakeKernel.unified().files)
        #expect(book.addresses(Self.subject) == ["172.17.0.2"])
    }

    @Test func whatIsNoLongerKnownIsForgotten() {
        let kernel = FakeKernel.unified()
        let book = StatsBook(files: kernel.files)
        _ = book.stats(Self.subject, withRates: true, now: startOfTime)
        book.keep([])
        let again = book.stats(Self.subject, withRates: true, now: startOfTime.addingTimeInterval(2))
        #expect(again?.preread == "0001-01-01T00:00:00Z")
    }

    /// Half of a file, or none: figures that are missing, and no crash.
    @Test func brokenFilesAreNoFigures() throws {
        let kernel = FakeKernel.unified()
        let group = "/sys/fs/cgroup/docker/c1"
        for file in ["cpu.stat", "memory.current", "memory.max", "io.stat", "pids.current", "cgroup.procs"] {
            kernel["\(group)/\(file)"] = "\n::: x=\nnonsense 99999999999999999999999\n8:0 rbytes= =5\n"
        }
        kernel["/proc/stat"] = ""
        kernel["/proc/meminfo"] = "MemTotal:\n"
        let stats = try #require(
            StatsBook(files: kernel.files).stats(Self.subject, withRates: true, now: startOfTime))
        #expect(stats.cpuStats.cpuUsage.totalUsage == 0)
        #expect(stats.memoryStats.usage == nil && stats.memoryStats.limit == nil)
        #expect(stats.networks == nil)
    }
}
