/// What a container uses, in the shape of `GET /containers/ID/stats` of docker's API, whose names these are in
/// snake case.
///
/// - Source: Docker Engine API, ContainerStats; ECS Developer Guide, "Task metadata endpoint version 4".
struct StatsDocument: Encodable, Hashable {
    /// RFC 3339.
    var read: String
    /// When `precpuStats` were read; Go's zero time without any.
    var preread: String
    var pidsStats: PIDStats
    var blkioStats: BlockIOStats
    /// Windows has these.
    var numProcs = 0
    var storageStats: [String: Int] = [:]
    var cpuStats: CPUStats
    var precpuStats: CPUStats
    var memoryStats: MemoryStats
    /// The container's name in the runtime, with a slash in front.
    var name: String
    var id: String
    /// Nil in network mode host, whose interfaces are not the container's.
    var networks: [String: NetworkCounters]?
    /// Version 4 only, from the second reading on.
    var networkRateStats: NetworkRate?
}

struct PIDStats: Encodable, Hashable {
    var current: UInt64?
    /// Nil without a limit.
    var limit: UInt64?
}

struct CPUStats: Encodable, Hashable {
    struct Usage: Encodable, Hashable {
        // Nanoseconds.
        var totalUsage: UInt64 = 0
        /// By processor; the unified hierarchy has no such figures.
        var percpuUsage: [UInt64]?
        var usageInKernelmode: UInt64 = 0
        var usageInUsermode: UInt64 = 0
    }

    struct Throttling: Encodable, Hashable {
        var periods: UInt64 = 0
        var throttledPeriods: UInt64 = 0
        /// Nanoseconds.
        var throttledTime: UInt64 = 0
    }

    var cpuUsage = Usage()
    /// Nanoseconds of all the host's processors together.
    var systemCpuUsage: UInt64?
    var onlineCpus: Int?
    var throttlingData = Throttling()
}

struct MemoryStats: Encodable, Hashable {
    // Bytes. The highest usage and the count of failures are of separate hierarchies only.
    var usage: UInt64?
    var maxUsage: UInt64?
    var stats: [String: UInt64]?
    var failcnt: UInt64?
    var limit: UInt64?
}

struct BlockIOStats: Encodable, Hashable {
    struct Entry: Encodable, Hashable {
        var major: UInt64
        var minor: UInt64
        var op: String
        var value: UInt64
    }

    var ioServiceBytesRecursive: [Entry] = []
    var ioServicedRecursive: [Entry] = []
    // Schedulers that kernels no longer have counted these.
    var ioQueueRecursive: [Entry] = []
    var ioServiceTimeRecursive: [Entry] = []
    var ioWaitTimeRecursive: [Entry] = []
    var ioMergedRecursive: [Entry] = []
    var ioTimeRecursive: [Entry] = []
    var sectorsRecursive: [Entry] = []
}

struct NetworkCounters: Encodable, Hashable {
    var rxBytes: UInt64 = 0
    var rxPackets: UInt64 = 0
    var rxErrors: UInt64 = 0
    var rxDropped: UInt64 = 0
    var txBytes: UInt64 = 0
    var txPackets: UInt64 = 0
    var txErrors: UInt64 = 0
    var txDropped: UInt64 = 0
}

struct NetworkRate: Encodable, Hashable {
    var rxBytesPerSec: Double
    var txBytesPerSec: Double
}
