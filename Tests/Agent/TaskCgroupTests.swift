import AgentEngine
import AgentJournal
import AgentProtocol
import AgentRuntime
import Foundation
import Support
import Synchronization
import Testing

@testable import AgentResources

private func task(
    cpu: Int? = nil, memory: Int? = nil, containers: [(cpu: Int?, memory: Int?)] = [(nil, nil)]
) -> TaskAssignment {
    let specifications = containers.enumerated().map { index, limits in
        var specification = container("c\(index)")
        specification.cpuUnits = limits.cpu
        specification.memoryMiB = limits.memory
        return specification
    }
    var task = assignment("0a1b", specifications)
    task.cpuUnits = cpu
    task.memoryMiB = memory
    return task
}

private func configuration(_ change: (inout ResourceConfiguration) -> Void = { _ in }) -> ResourceConfiguration {
    var configuration = ResourceConfiguration()
    change(&configuration)
    return configuration
}

/// A directory in the place of the kernel's tree.
private struct Tree: ~Copyable {
    let root = FileManager.default.temporaryDirectory.appending(path: "stevedore-cgroup-\(UUID())").path

    init(_ controllers: [String]) throws {
        for controller in controllers {
            try FileManager.default.createDirectory(
                atPath: "\(root)/\(controller)", withIntermediateDirectories: true)
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    func text(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: "\(root)/\(path)")), as: UTF8.self)
    }

    /// The kernel's files go with their cgroup.
    func removeFiles() throws {
        for path in try FileManager.default.subpathsOfDirectory(atPath: root) {
            var isDirectory: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: "\(root)/\(path)", isDirectory: &isDirectory)
            if !isDirectory.boolValue { try FileManager.default.removeItem(atPath: "\(root)/\(path)") }
        }
    }

    func folders() throws -> [String] { try FileManager.default.subpathsOfDirectory(atPath: root).sorted() }
}

@Suite struct TaskCgroupTests {
    struct Case: Sendable {
        var task: TaskAssignment
        var cpu: TaskLimits.CPU
        var memoryBytes: Int?
    }

    @Test(arguments: [
        Case(task: task(cpu: 512), cpu: .quota(50_000, period: 100_000)),
        Case(task: task(cpu: 128, memory: 64), cpu: .quota(12_500, period: 100_000), memoryBytes: 67_108_864),
        Case(task: task(cpu: 196_608), cpu: .quota(19_200_000, period: 100_000)),
        Case(task: task(cpu: 1), cpu: .quota(1000, period: 100_000)),
        Case(
            task: task(memory: 64, containers: [(100, nil), (nil, nil), (1, nil)]), cpu: .shares(104),
            memoryBytes: 64 << 20),
        Case(task: task(containers: [(262_144, nil), (100, nil)]), cpu: .shares(262_144)),
    ]) func limits(_ each: Case) {
        let limits = TaskLimits(of: each.task, configuration())
        #expect(limits.cpu == each.cpu)
        #expect(limits.memoryBytes == each.memoryBytes)
        #expect(limits.pids == nil)
    }

    @Test(arguments: [(2, 1), (1024, 39), (262_144, 10_000)]) func weights(shares: Int, weight: Int) {
        #expect(TaskLimits.CPU.weight(shares: shares) == weight)
    }

    @Test func onlyWhoAsksForLimitsNeedsACgroup() {
        func isNeeded(_ task: TaskAssignment, _ change: (inout ResourceConfiguration) -> Void = { _ in }) -> Bool {
            TaskCgroup(runtime: FakeRuntime(), configuration: configuration(change), searchPath: "").isNeeded(by: task)
        }
        #expect(!isNeeded(task()))
        #expect(isNeeded(task(cpu: 1)))
        #expect(isNeeded(task(memory: 1)))
        #expect(isNeeded(task()) { $0.pidsLimit = 5 })
        #expect(!isNeeded(task(cpu: 1)) { $0.limitsTasks = false })
    }

    @Test func aTreeOfVersion1() async throws {
        let tree = try Tree(["cpu", "memory", "pids", "freezer"])
        let cgroups = CgroupTree(root: tree.root, version: .v1)
        let limits = TaskLimits(of: task(cpu: 256, memory: 8), configuration { $0.pidsLimit = 9 })
        for _ in 1...2 { #expect(try await cgroups.make("0a1b", limits) == "/ecs/0a1b") }
        #expect(try tree.text("cpu/ecs/0a1b/cpu.cfs_period_us") == "100000")
        #expect(try tree.text("cpu/ecs/0a1b/cpu.cfs_quota_us") == "25000")
        #expect(try tree.text("memory/ecs/0a1b/memory.limit_in_bytes") == "8388608")
        #expect(try tree.text("memory/ecs/0a1b/memory.use_hierarchy") == "1")
        #expect(try tree.text("pids/ecs/0a1b/pids.max") == "9")
        try tree.removeFiles()
        // The engine made it in the others, and left something when it was killed.
        for path in ["freezer/ecs/0a1b/c/d", "cpu/ecs/other"] {
            try FileManager.default.createDirectory(
                atPath: "\(tree.root)/\(path)", withIntermediateDirectories: true)
        }
        for _ in 1...2 { try await cgroups.remove("0a1b") }
        #expect(
            try tree.folders() == [
                "cpu", "cpu/ecs", "cpu/ecs/other", "freezer", "freezer/ecs", "memory", "memory/ecs", "pids", "pids/ecs",
            ])
    }

    @Test func aTreeOfVersion2() async throws {
        let tree = try Tree(["ecs/other"])
        let cgroups = CgroupTree(root: tree.root, version: .v2)
        let limits = TaskLimits(of: task(cpu: 256, memory: 8), configuration { $0.pidsLimit = 9 })
        for _ in 1...2 { #expect(try await cgroups.make("0a1b", limits) == "/ecs/0a1b") }
        #expect(try tree.text("ecs/0a1b/cpu.max") == "25000 100000")
        #expect(try tree.text("ecs/0a1b/memory.max") == "8388608")
        #expect(try tree.text("ecs/0a1b/pids.max") == "9")
        for file in ["cgroup.subtree_control", "ecs/cgroup.subtree_control"] {
            #expect(try tree.text(file) == "+cpu +memory +pids")
        }
        _ = try await cgroups.make("ff", TaskLimits(of: task(memory: 1), configuration()))
        #expect(try tree.text("ecs/ff/cpu.weight") == "1")
        #expect(try tree.text("cgroup.subtree_control") == "+cpu +memory")
        try tree.removeFiles()
        for name in ["0a1b", "ff", "ff"] { try await cgroups.remove(name) }
        #expect(try tree.folders() == ["ecs", "ecs/other"])
    }

    @Test func aCgroupInWhichSomethingRunsStays() async throws {
        let tree = try Tree(["ecs/0a1b"])
        try Data().write(to: URL(filePath: "\(tree.root)/ecs/0a1b/busy"))
        await #expect(throws: FileError.self) {
            try await CgroupTree(root: tree.root, version: .v2).remove("0a1b")
        }
    }

    // MARK: - systemd

    private final class Commands: Sendable {
        let all = Mutex<[SubprocessCommand]>([])
    }

    private static func slices(_ commands: Commands, _ answer: SubprocessOutput) -> SystemdSlices {
        SystemdSlices(executable: "/bin/busctl") { command throws(SubprocessError) in
            commands.all.withLock { $0.append(command) }
            return answer
        }
    }

    private static let manager = [
        "call", "--quiet", "org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager",
    ]

    @Test func aSliceIsStartedWithItsLimits() async throws {
        let commands = Commands()
        let limits = TaskLimits(
            of: task(cpu: 256, memory: 8),
            configuration {
                $0.pidsLimit = 9
                $0.cpuPeriodMicroseconds = 50_000
            })
        let slices = Self.slices(commands, .init(status: .exited(0)))
        #expect(try await slices.make("0a1b", limits) == "ecstasks-0a1b.slice")
        try await slices.remove("0a1b")
        #expect(
            commands.all.withLock { $0.map(\.arguments) } == [
                Self.manager + [
                    "StartTransientUnit", "ssa(sv)a(sa(sv))", "ecstasks-0a1b.slice", "fail", "4",
                    "CPUQuotaPerSecUSec", "t", "250000", "CPUQuotaPeriodUSec", "t", "50000", "MemoryMax", "t",
                    "8388608", "TasksMax", "t", "9", "0",
                ], Self.manager + ["StopUnit", "ss", "ecstasks-0a1b.slice", "replace"],
            ])
        #expect(
            SystemdSlices.properties(TaskLimits(of: task(memory: 8), configuration())).map(\.name) == [
                "CPUWeight", "MemoryMax",
            ])
    }

    @Test func repetitionsDoNoHarmAndErrorsAreTold() async throws {
        func failing(_ text: String) -> SystemdSlices {
            Self.slices(Commands(), .init(status: .exited(1), standardError: Array(text.utf8)))
        }
        let limits = TaskLimits(of: task(cpu: 1), configuration())
        _ = try await failing("Call failed: Unit x.slice was already loaded or has a fragment file.\n").make(
            "a", limits)
        try await failing("Call failed: Unit x.slice not loaded.\n").remove("a")
        let error = await #expect(throws: SystemdSlices.Failure.self) {
            try await failing("Call failed: Access denied\n").make("a", limits)
        }
        #expect(error?.description == "systemd: Call failed: Access denied ")
    }

    // MARK: - The resource

    @Test func aTaskGetsItsCgroupAndLosesIt() async throws {
        let tree = try Tree(["cpu", "memory"])
        let runtime = FakeRuntime()
        await runtime.set {
            $0.description.cgroupDriver = .cgroupfs
            $0.description.cgroupVersion = 1
        }
        let resource = TaskCgroup(
            runtime: runtime, configuration: configuration { [root = tree.root] in $0.cgroupRoot = root },
            searchPath: "")
        var made = TaskResources()
        try await resource.provision(task(memory: 8), &made)
        #expect(made.cgroupParent == "/ecs/0a1b")
        try tree.removeFiles()
        try await resource.release(task(memory: 8), made)
        #expect(try tree.folders() == ["cpu", "cpu/ecs", "memory", "memory/ecs"])
        // The engine is asked once, not for each task.
        #expect(await runtime.calls == ["describe"])
    }

    private static func failure(_ task: TaskAssignment, _ driver: RuntimeDescription.CgroupDriver?) async -> String? {
        let runtime = FakeRuntime()
        await runtime.set { $0.description.cgroupDriver = driver }
        var made = TaskResources()
        do {
            try await TaskCgroup(
                runtime: runtime, configuration: configuration { $0.cgroupRoot = "/dev/null" }, searchPath: "/nowhere"
            ).provision(task, &made)
        } catch { return error.reason }
        return nil
    }

    @Test func failuresAreResourceInitializationErrors() async {
        let prefix = "ResourceInitializationError: the task's CPU and memory cannot be limited: "
        #expect(
            await Self.failure(task(cpu: 1), nil) == prefix + "the runtime does not say how it makes cgroups")
        #expect(
            await Self.failure(task(cpu: 1), .systemd)
                == prefix + "the runtime uses systemd, and there is no program busctl")
        #expect(
            await Self.failure(task(cpu: 1), .cgroupfs)
                == prefix + "make the directory /dev/null/cpu: Not a directory")
        #expect(
            await Self.failure(task(memory: 8, containers: [(nil, 9)]), .cgroupfs)
                == "ResourceInitializationError: container c0 has a memory limit of 9 MiB, which is more than the 8 "
                + "MiB of its task")
        var strange = task(cpu: 1)
        strange.taskArn = "arn/.."
        #expect(await Self.failure(strange, .cgroupfs) == prefix + "arn/.. has no task id at its end")
    }
}
