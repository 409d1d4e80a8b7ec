import FoundationEssentials

/// What was read of one container at one moment.
struct StatsSample: Hashable, Sendable {
    var date: Date
    var cpu: CPUStats
    var memory: MemoryStats
    var pids: PIDStats
    var blockIO: BlockIOStats
    /// Nil if the network is not the container's own.
    var networks: [String: NetworkCounters]?
}

/// Reads what a container uses out of the kernel's files.
///
/// - Source: the Linux kernel's documentation of cgroup v1 and v2, and which of its figures docker shows where.
struct StatsReader: Sendable {
    let files: KernelFiles

    /// - Parameter sharesHostNetwork: the interfaces are not the container's own.
    func sample(_ cgroup: ContainerCgroup, sharesHostNetwork: Bool, now: Date) -> StatsSample {
        var cpu = cgroup.isUnified ? unifiedCPU(cgroup) : separateCPU(cgroup)
        let host = hostCPU()
        cpu.systemCpuUsage = host.nanoseconds
        cpu.onlineCpus = host.processors
        let process = sharesHostNetwork ? nil : cgroup.firstProcess(in: files)
        return StatsSample(
            date: now, cpu: cpu, memory: cgroup.isUnified ? unifiedMemory(cgroup) : separateMemory(cgroup),
            pids: PIDStats(
                current: files.number(cgroup.file("pids", "pids.current")),
                limit: files.number(cgroup.file("pids", "pids.max"))),
            blockIO: cgroup.isUnified ? unifiedBlockIO(cgroup) : separateBlockIO(cgroup),
            networks: process.flatMap { ProcessNetwork.interfaces(ofProcess: $0, in: files) })
    }

    // MARK: - The host

    /// USER_HZ, which the kernel promises to programs whatever it works with.
    private static let nanosecondsPerTick: UInt64 = 10_000_000

    private func hostCPU() -> (nanoseconds: UInt64?, processors: Int?) {
        guard let text = files.read("/proc/stat") else { return (nil, nil) }
        let lines = text.lines.prefix { $0.hasPrefix("cpu") }
        // user, nice, system, idle, iowait, irq and softirq, as docker adds them up.
        let ticks = lines.first?.words.dropFirst().prefix(7).compactMap { UInt64($0) } ?? []
        return (ticks.reduce(0, &+) &* Self.nanosecondsPerTick, lines.count - 1)
    }

    private var hostMemory: UInt64? {
        let line = files.read("/proc/meminfo")?.lines.first { $0.hasPrefix("MemTotal:") }
        return line?.words.dropFirst().first.flatMap { UInt64($0) }.map { $0 * 1024 }
    }

    // MARK: - Separate hierarchies

    private func separateCPU(_ cgroup: ContainerCgroup) -> CPUStats {
        var cpu = CPUStats()
        cpu.cpuUsage.totalUsage = files.number(cgroup.file("cpuacct", "cpuacct.usage")) ?? 0
        cpu.cpuUsage.percpuUsage = files.read(cgroup.file("cpuacct", "cpuacct.usage_percpu"))?
            .lines.flatMap(\.words).compactMap { UInt64($0) }
        let split = files.table(cgroup.file("cpuacct", "cpuacct.stat")) ?? [:]
        cpu.cpuUsage.usageInUsermode = (split["user"] ?? 0) &* Self.nanosecondsPerTick
        cpu.cpuUsage.usageInKernelmode = (split["system"] ?? 0) &* Self.nanosecondsPerTick
        let throttling = files.table(cgroup.file("cpu", "cpu.stat")) ?? [:]
        cpu.throttlingData = .init(
            periods: throttling["nr_periods"] ?? 0, throttledPeriods: throttling["nr_throttled"] ?? 0,
            throttledTime: throttling["throttled_time"] ?? 0)
        return cpu
    }

    private func separateMemory(_ cgroup: ContainerCgroup) -> MemoryStats {
        let limit = files.number(cgroup.file("memory", "memory.limit_in_bytes"))
        return MemoryStats(
            usage: files.number(cgroup.file("memory", "memory.usage_in_bytes")),
            maxUsage: files.number(cgroup.file("memory", "memory.max_usage_in_bytes")),
            stats: files.table(cgroup.file("memory", "memory.stat")),
            failcnt: files.number(cgroup.file("memory", "memory.failcnt")), limit: boundedLimit(limit))
    }

    private func separateBlockIO(_ cgroup: ContainerCgroup) -> BlockIOStats {
        BlockIOStats(
            ioServiceBytesRecursive: blockIO(cgroup.file("blkio", "blkio.throttle.io_service_bytes_recursive")),
            ioServicedRecursive: blockIO(cgroup.file("blkio", "blkio.throttle.io_serviced_recursive")))
    }

    /// Lines such as `8:0 Read 4096`.
    private func blockIO(_ path: String) -> [BlockIOStats.Entry] {
        (files.read(path) ?? "").lines.compactMap { line in
            let words = line.words
            guard words.count == 3, let value = UInt64(words[2]), let device = Self.device(words[0]) else { return nil }
            return .init(major: device.major, minor: device.minor, op: String(words[1]), value: value)
        }
    }

    // MARK: - The unified hierarchy

    private func unifiedCPU(_ cgroup: ContainerCgroup) -> CPUStats {
        let table = files.table(cgroup.file("cpu", "cpu.stat")) ?? [:]
        func nanoseconds(_ name: String) -> UInt64 { (table[name] ?? 0) &* 1000 }
        return CPUStats(
            cpuUsage: .init(
                totalUsage: nanoseconds("usage_usec"), usageInKernelmode: nanoseconds("system_usec"),
                usageInUsermode: nanoseconds("user_usec")),
            throttlingData: .init(
                periods: table["nr_periods"] ?? 0, throttledPeriods: table["nr_throttled"] ?? 0,
                throttledTime: nanoseconds("throttled_usec")))
    }

    private func unifiedMemory(_ cgroup: ContainerCgroup) -> MemoryStats {
        MemoryStats(
            usage: files.number(cgroup.file("memory", "memory.current")),
            stats: files.table(cgroup.file("memory", "memory.stat")),
            limit: boundedLimit(files.number(cgroup.file("memory", "memory.max"))))
    }

    /// Lines such as `8:0 rbytes=4096 wbytes=0 rios=1 wios=0`.
    private func unifiedBlockIO(_ cgroup: ContainerCgroup) -> BlockIOStats {
        var stats = BlockIOStats()
        for line in (files.read(cgroup.file("io", "io.stat")) ?? "").lines {
            let words = line.words
            guard let first = words.first, let device = Self.device(first) else { continue }
            for word in words.dropFirst() {
                let parts = word.words(by: "=")
                guard parts.count == 2, let value = UInt64(parts[1]) else { continue }
                func entry(_ op: String) -> BlockIOStats.Entry {
                    .init(major: device.major, minor: device.minor, op: op, value: value)
                }
                switch parts[0] {
                case "rbytes": stats.ioServiceBytesRecursive.append(entry("read"))
                case "wbytes": stats.ioServiceBytesRecursive.append(entry("write"))
                case "rios": stats.ioServicedRecursive.append(entry("read"))
                case "wios": stats.ioServicedRecursive.append(entry("write"))
                default: break
                }
            }
        }
        return stats
    }

    // MARK: - Both

    /// Without a limit of its own a container's is the host's memory, as docker tells it.
    private func boundedLimit(_ limit: UInt64?) -> UInt64? {
        guard let hostMemory else { return limit }
        return min(limit ?? hostMemory, hostMemory)
    }

    private static func device(_ text: Substring) -> (major: UInt64, minor: UInt64)? {
        let parts = text.words(by: ":")
        guard parts.count == 2, let major = UInt64(parts[0]), let minor = UInt64(parts[1]) else { return nil }
        return (major, minor)
    }
}
