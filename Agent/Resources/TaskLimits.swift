import AgentProtocol

/// What all containers of a task together may use.
///
/// - Source: spec/ecs-runtime.md section 4.
struct TaskLimits: Sendable, Hashable {
    enum CPU: Sendable, Hashable {
        /// So much of each period, both in microseconds: a hard limit.
        case quota(Int, period: Int)
        /// A part of what there is when others want some too, 1024 a vCPU.
        case shares(Int)

        /// Of the kernel.
        static let leastQuota = 1000
        static let leastShares = 2
        static let mostShares = 262_144

        /// The same share on the scale of cgroup version 2, from 1 to 10000.
        static func weight(shares: Int) -> Int { 1 + (shares - leastShares) * 9999 / (mostShares - leastShares) }
    }

    var cpu: CPU
    var memoryBytes: Int?
    /// Processes and threads.
    var pids: Int?

    init(of task: TaskAssignment, _ configuration: ResourceConfiguration) {
        if let units = task.cpuUnits {
            let period = configuration.cpuPeriodMicroseconds
            cpu = .quota(max(units * period / 1024, CPU.leastQuota), period: period)
        } else {
            let sum = task.containers.reduce(0) { $0 + max($1.cpuUnits ?? 0, CPU.leastShares) }
            cpu = .shares(min(max(sum, CPU.leastShares), CPU.mostShares))
        }
        memoryBytes = task.memoryMiB.map { $0 << 20 }
        pids = configuration.pidsLimit
    }
}
