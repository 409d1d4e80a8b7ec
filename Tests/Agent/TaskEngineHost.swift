import AgentEngine
import AgentJournal
import AgentProtocol
import AgentRuntime
import Foundation
import Support
import Synchronization

/// A journal that stops taking writes after so many, as a crash would have it.
final class CrashingJournal: TaskJournal {
    private let base: any TaskJournal
    private let commitsLeft: Mutex<Int>
    let isCrashed = Mutex(false)
    private let losesLast: Bool

    /// - Parameter losesLast: whether the crash comes before the last write reaches the disk, or right after.
    init(_ base: any TaskJournal, commits: Int, losesLast: Bool) {
        self.base = base
        commitsLeft = Mutex(commits)
        self.losesLast = losesLast
    }

    func load() async throws -> Journal.Contents { try await base.load() }

    func commit(_ batch: Journal.Batch) async throws {
        let left = commitsLeft.withLock { left in
            left -= 1
            return left
        }
        if left > 0 { return try await base.commit(batch) }
        if left == 0, !losesLast { try await base.commit(batch) }
        isCrashed.withLock { $0 = true }
        throw CancellationError()
    }
}

/// An engine on a fake runtime, a manual clock and a journal in a scratch directory.
final class Host {
    let directory: String
    let runtime: FakeRuntime
    let clock = ManualClock()
    private let date: ManualDate
    private(set) var engine: TaskEngine
    /// For the next start.
    var resources: [any TaskResource] = []
    var contributors: [any LaunchContributor] = []
    var registries: any RegistryCredentialSource = NoRegistryCredentials()
    private var running: Task<Void, Never>?

    init(_ runtime: FakeRuntime = FakeRuntime()) async throws {
        directory = NSTemporaryDirectory() + "agent-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        self.runtime = runtime
        date = ManualDate(clock)
        engine = try Self.make(
            runtime, try Journal.open(directory: directory, now: startOfTime).journal, clock, time: { startOfTime })
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    private static func make(
        _ runtime: FakeRuntime, _ journal: any TaskJournal, _ clock: ManualClock, time: @escaping @Sendable () -> Date,
        resources: [any TaskResource] = [], contributors: [any LaunchContributor] = [],
        registries: any RegistryCredentialSource = NoRegistryCredentials(),
        configure: (inout EngineConfiguration) -> Void = { _ in }
    ) throws -> TaskEngine {
        var configuration = EngineConfiguration(agentID: "host-1")
        configure(&configuration)
        return TaskEngine(
            configuration: configuration, runtime: runtime, journal: journal, resources: resources,
            contributors: contributors, registries: registries, logger: .discarding, clock: clock, now: time,
            generator: SeededGenerator(state: 1))
    }

    func start(
        crashAfter: (commits: Int, losesLast: Bool)? = nil, configure: (inout EngineConfiguration) -> Void = { _ in }
    ) async throws -> CrashingJournal? {
        let journal = try Journal.open(directory: directory, now: startOfTime).journal
        let crashing = crashAfter.map { CrashingJournal(journal, commits: $0.commits, losesLast: $0.losesLast) }
        engine = try Self.make(
            runtime, crashing ?? journal, clock,
            time: { [date] in date.now }, resources: resources, contributors: contributors, registries: registries,
            configure: configure)
        try await engine.restore()
        running = Task { [engine] in await engine.run() }
        return crashing
    }

    func start(configure: (inout EngineConfiguration) -> Void = { _ in }) async throws {
        _ = try await start(crashAfter: nil, configure: configure)
    }

    func stop() async {
        running?.cancel()
        await running?.value
    }

    /// The host's date is set, seconds away from what it should be.
    func setDate(aheadBy seconds: Double) { date.set(aheadBy: seconds) }

    func assign(_ tasks: [TaskAssignment], complete: Bool = true, removed: [String] = []) async throws {
        try await engine.apply(
            AssignmentMessage(sequence: 1, isComplete: complete, tasks: tasks, removedTaskArns: removed))
    }

    /// The newest report of a task, as it waits to be sent.
    func report(_ id: String = "1") async -> TaskReport? {
        await engine.pendingReports(limit: 100).first { $0.report.taskArn == taskArn(id) }?.report
    }

    func has(_ states: [(id: String, status: TaskReport.Status)]) async -> Bool {
        for state in states where await report(state.id)?.status != state.status { return false }
        return true
    }

    func reaches(_ status: TaskReport.Status, _ id: String = "1") async -> Bool {
        await eventually { await report(id)?.status == status }
    }
}
