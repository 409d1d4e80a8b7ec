package import AgentJournal
import AgentProtocol
package import AgentRuntime
package import FoundationEssentials
package import Support

/// Runs the tasks that are assigned to this host.
///
/// Every fact (an assignment, an event of the runtime, the end of an operation) goes into the ``TaskMachine`` of its
/// task at once, without waiting. What changed is collected and written to the journal in one transaction, and only
/// then are the machines' directives carried out, each as an operation of its own: a slow pull delays its own task and
/// no other, and after a crash the journal says what was about to happen.
package actor TaskEngine {
    struct OperationKey: Hashable {
        enum Kind: Hashable { case provision, release, pull, prepare, start, timeStart, stop, stray, inspect, cleanUp }
        var kind: Kind
        var subject: String
    }

    let configuration: EngineConfiguration
    let runtime: any ContainerRuntime
    /// In the order in which they are made.
    let resources: [any TaskResource]
    /// The last one's word counts.
    let contributors: [any LaunchContributor]
    let registries: any RegistryCredentialSource
    let journal: any TaskJournal
    let logger: Logger
    let clock: any Clock<Duration>
    let now: @Sendable () -> Date
    let puller: ImagePuller
    let startSlots = WorkSlots(EngineLimits.starts)

    var machines: [String: TaskMachine] = [:]
    var ports: PortBook
    var generator: any RandomNumberGenerator & Sendable
    var pulledImages = ImageBook()
    var imageCleaner = ImageCleaner()
    /// What pulls of this run said of images: their digests, by the name that was pulled.
    var imageDigests: [String: String] = [:]
    /// Since tasks stopped, with what each waits for its clean-up.
    var stoppedTasks = AgeBook<String>()
    var cleanUpWaits: [String: Duration] = [:]
    var health: InstanceHealth?
    let watch: Stopwatch
    /// Says that the events may have fallen silent, or that the runtime is back.
    let listenAgain = Signal()
    /// Why an image could not be fetched again, for a start that then finds it is not on the host either.
    var pullErrors: [String: RuntimeError] = [:]
    var operations: [OperationKey: Task<Void, Never>] = [:]
    /// Containers that the kernel killed something in, until their end is told.
    var outOfMemory: Set<String> = []
    /// Whether the control plane has said, in this run, what all there should be.
    var hasCompleteSet = false
    /// What became of the tasks while the agent was not running.
    private var comparison = Comparison.due
    var outbox: [String: OutgoingReport] = [:]

    private enum Comparison {
        case due
        /// It is known, and not in the journal yet.
        case made
        /// It is among the reports.
        case told
    }

    private var isRestored = false
    private(set) var isShuttingDown = false
    private var changed: Set<String> = []
    private var removed: [String] = []
    private var newlyPulled: [PulledImage] = []
    private var usedImages: [String: Date] = [:]
    private var removedImages: [String] = []
    private var directives: [(task: String, directive: TaskMachine.Directive)] = []
    private var waitingForCommit: [CheckedContinuation<Bool, Never>] = []
    private var isCommitting = false
    private let commitDue: AsyncStream<Void>
    private let commitDueContinuation: AsyncStream<Void>.Continuation
    let reconcileDue: AsyncStream<Void>
    let reconcileDueContinuation: AsyncStream<Void>.Continuation
    /// Says that there are reports to send.
    package nonisolated let reportsDue = Signal()

    package init(
        configuration: EngineConfiguration, runtime: any ContainerRuntime, journal: any TaskJournal,
        resources: [any TaskResource] = [], contributors: [any LaunchContributor] = [],
        registries: any RegistryCredentialSource = NoRegistryCredentials(), logger: Logger,
        clock: any Clock<Duration> = ContinuousClock(), now: @escaping @Sendable () -> Date = { Date() },
        generator: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) {
        self.configuration = configuration
        self.runtime = runtime
        self.resources = resources
        self.contributors = contributors
        self.registries = registries
        self.journal = journal
        self.logger = logger
        self.clock = clock
        self.now = now
        self.generator = generator
        watch = Stopwatch(clock)
        ports = PortBook(
            dynamicRange: configuration.dynamicPortRange,
            reserved: Set(
                configuration.reservedTCPPorts.map { .init(number: $0, transportProtocol: .tcp) }
                    + configuration.reservedUDPPorts.map { .init(number: $0, transportProtocol: .udp) }))
        puller = ImagePuller(runtime: runtime, clock: clock)
        (commitDue, commitDueContinuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (reconcileDue, reconcileDueContinuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Reads the journal. To be called once, before anything else.
    package func restore() async throws {
        precondition(!isRestored, "restored twice")
        isRestored = true
        let contents = try await journal.load()
        pulledImages = ImageBook(contents.pulledImages, now: now(), uptime: uptime)
        for arn in contents.unreadableTaskArns {
            logger.error("a task's record in the journal cannot be read, and was set aside there", ["task": arn])
        }
        for record in contents.tasks {
            machines[record.taskArn] = TaskMachine(
                record: record, isRestored: true, settings: configuration.machineSettings)
            if record.holdsPorts { ports.take(hostPorts(record), for: record.taskArn) }
            if !record.isAcknowledged { queueReport(record) }
            if let date = record.stoppedAt {
                stoppedTasks.begin(record.taskArn, bornAt: date, now: now(), uptime: uptime)
            }
        }
        await restoreResources()
        if !contents.tasks.isEmpty {
            logger.info("restored tasks from the journal", ["count": "\(contents.tasks.count)"])
        }
    }

    /// Works until it is cancelled; containers go on running then.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.commitLoop() }
            group.addTask { await self.watchLoop() }
            group.addTask { await self.reconcileDueLoop() }
            group.addTask { await self.cleanUpLoop() }
            group.addTask { await self.imageCleanupLoop() }
            group.addTask { await self.healthLoop() }
        }
        isShuttingDown = true
        for operation in operations.values { operation.cancel() }
        for operation in operations.values { await operation.value }
        for waiting in waitingForCommit { waiting.resume(returning: false) }
        waitingForCommit = []
    }

    // MARK: - Facts in

    /// Gives a fact to the machine of its task. Facts about tasks that are not here any more are of no interest.
    func post(_ input: TaskMachine.Input, to task: String) {
        guard var machine = machines[task] else { return }
        let before = machine.record
        let next = machine.handle(input, now: now())
        machines[task] = machine
        noteChange(from: before, to: machine.record)
        carryOut(next, for: task)
    }

    /// Takes in a task that is new here.
    func add(_ assignment: TaskAssignment) {
        var record = TaskRecord(assignment: assignment)
        if resources.contains(where: { $0.isNeeded(by: assignment) }) { record.resources = TaskResources() }
        var machine = TaskMachine(record: record, isRestored: false, settings: configuration.machineSettings)
        let next = machine.begin(now: now())
        machines[assignment.taskArn] = machine
        changed.insert(assignment.taskArn)
        carryOut(next, for: assignment.taskArn)
    }

    /// What has no effect outside of this process is done at once, so that the fact which follows from it is part of the
    /// same commit; the rest waits until the journal has what led to it.
    private func carryOut(_ next: [TaskMachine.Directive], for task: String) {
        for directive in next where !isDoneAtOnce(directive, for: task) { directives.append((task, directive)) }
        commitDueContinuation.yield()
    }

    private func isDoneAtOnce(_ directive: TaskMachine.Directive, for task: String) -> Bool {
        switch directive {
        case .reservePorts: reservePorts(task)
        case .pull(let container, let isForced):
            guard !isForced, let image = machines[task]?.specification(container)?.image, !isPullDue(image) else {
                return false
            }
            post(.pulled(container, digest: knownDigest(image)), to: task)
        default: return false
        }
        return true
    }

    func forget(_ task: String) {
        for image in machines[task]?.record.assignment.containers.map(\.image) ?? []
        where pulledImages.contains(image) {
            pulledImages.use(image, uptime: uptime)
            usedImages[image] = now()
        }
        machines[task] = nil
        outbox[task] = nil
        removed.append(task)
        commitDueContinuation.yield()
    }

    func notePulled(_ image: String) {
        guard pulledImages.insert(image, uptime: uptime) else { return }
        newlyPulled.append(PulledImage(name: image, pulledAt: now(), usedAt: now()))
        commitDueContinuation.yield()
    }

    func noteCompared() {
        guard comparison == .due else { return }
        comparison = .made
        commitDueContinuation.yield()
    }

    /// Whether what became of the tasks while the agent was not running is known by now, and among the reports.
    package func hasCompared() -> Bool { comparison == .told }

    func noteRemoved(_ images: some Collection<String>) {
        guard !images.isEmpty else { return }
        for image in images {
            pulledImages.remove(image)
            imageDigests[image] = nil
        }
        removedImages += images
        commitDueContinuation.yield()
    }

    /// How long this run has lasted: what durations are measured by.
    var uptime: Duration { watch.elapsed }

    private func noteChange(from before: TaskRecord, to after: TaskRecord) {
        guard before != after else { return }
        changed.insert(after.taskArn)
        let logger = logger.with(["task": after.taskArn])
        if before.status != after.status {
            logger.info(
                "task",
                ["from": before.status.rawValue, "to": after.status.rawValue, "reason": after.stoppedReason ?? ""])
        }
        for (old, new) in zip(before.containers, after.containers) where old.phase != new.phase {
            logger.info(
                "container",
                [
                    "container": new.name, "from": old.phase.rawValue, "to": new.phase.rawValue,
                    "exitCode": new.exitCode.map { "\($0)" } ?? "", "reason": new.reason ?? "",
                    "runtimeId": new.runtimeID ?? "",
                ])
        }
    }

    // MARK: - Journal first, then the effects

    /// Returns when everything that was posted up to now is in the journal; false if the engine stops before.
    func committed() async -> Bool {
        guard !isShuttingDown else { return false }
        guard isCommitting || hasWork else { return true }
        commitDueContinuation.yield()
        return await withCheckedContinuation { waitingForCommit.append($0) }
    }

    private var hasWork: Bool {
        !changed.isEmpty || !removed.isEmpty || !newlyPulled.isEmpty || !usedImages.isEmpty || !removedImages.isEmpty
            || !directives.isEmpty || !waitingForCommit.isEmpty || comparison == .made
    }

    private func commitLoop() async {
        for await _ in commitDue {
            while hasWork, !Task.isCancelled { await commitOnce() }
        }
    }

    /// Whatever queued while the last commit ran is the next one.
    private func commitOnce() async {
        isCommitting = true
        defer { isCommitting = false }
        var batch = Journal.Batch()
        batch.records = changed.sorted().compactMap { machines[$0]?.record }
        batch.removedTaskArns = removed
        batch.pulledImages = newlyPulled
        batch.usedImages = usedImages
        batch.removedImages = removedImages
        let effects = directives
        let waiting = waitingForCommit
        let isComparisonMade = comparison == .made
        (changed, removed, newlyPulled, directives, waitingForCommit) = ([], [], [], [], [])
        (usedImages, removedImages) = ([:], [])

        let isWritten = await write(batch)
        if isWritten {
            for record in batch.records where !record.isAcknowledged { queueReport(record) }
            if isComparisonMade {
                comparison = .told
                reportsDue.raise()
            }
            for (task, directive) in effects { perform(directive, for: task) }
        }
        for continuation in waiting { continuation.resume(returning: isWritten) }
    }

    /// Tries until it is written: what is not in the journal must have no effect.
    private func write(_ batch: Journal.Batch) async -> Bool {
        guard !batch.isEmpty else { return true }
        var pause = EngineLimits.firstRetry
        var isFailing = false
        while true {
            do {
                try await journal.commit(batch)
                if isFailing { logger.info("the journal can be written again") }
                return true
            } catch {
                if !isFailing {
                    logger.error("the journal cannot be written, nothing moves until it can", ["error": "\(error)"])
                }
                isFailing = true
            }
            guard (try? await clock.sleep(for: pause)) != nil else { return false }
            pause = min(pause * 2, EngineLimits.lastRetry)
        }
    }

    private func perform(_ directive: TaskMachine.Directive, for task: String) {
        switch directive {
        // Done at once; see ``isDoneAtOnce``.
        case .reservePorts: break
        case .releasePorts:
            let hadContainers = machines[task]?.record.containers.contains { $0.startedAt != nil } ?? false
            for next in ports.release(task, hadContainers: hadContainers, at: now()) { post(.portsReserved, to: next) }
        case .provision: operate(.provision, task) { await $0.provision(task) }
        case .cancelProvision: operations[OperationKey(kind: .provision, subject: task)]?.cancel()
        case .release: operate(.release, task) { await $0.release(task) }
        case .pull(let container, let isForced):
            operate(.pull, "\(task) \(container)") { await $0.pull(task, container, isForced: isForced) }
        case .cancelPull(let container):
            operations[OperationKey(kind: .pull, subject: "\(task) \(container)")]?.cancel()
        case .start(let container):
            operate(.prepare, "\(task) \(container)") { await $0.prepare(task, container) }
        case .cancelPreparation(let container):
            operations[OperationKey(kind: .prepare, subject: "\(task) \(container)")]?.cancel()
        case .restart(let container, let runtimeID):
            operate(.start, "\(task) \(container)") { await $0.restart(task, container, runtimeID: runtimeID) }
        case .timeStart(let container, let seconds):
            operate(.timeStart, "\(task) \(container)") { engine in
                guard (try? await engine.clock.sleep(for: .seconds(seconds))) != nil else { return }
                engine.post(.startTimedOut(container), to: task)
            }
        case .stop(let container, let runtimeID, let timeoutSeconds):
            operate(.stop, runtimeID) {
                await $0.stop(task, container, runtimeID: runtimeID, timeoutSeconds: timeoutSeconds)
            }
        case .stopStray(let container, let runtimeID):
            logger.warning(
                "a container that has ended runs again, and is stopped",
                ["task": task, "container": container, "runtimeId": runtimeID])
            operate(.stray, runtimeID) { await $0.stopStray(runtimeID) }
        }
    }

    /// Starts an operation, unless the same is under way.
    func operate(
        _ kind: OperationKey.Kind, _ subject: String, _ body: @escaping @Sendable (isolated TaskEngine) async -> Void
    ) {
        let key = OperationKey(kind: kind, subject: subject)
        guard !isShuttingDown, operations[key] == nil else { return }
        operations[key] = Task {
            await body(self)
            operations[key] = nil
        }
    }

    private func reservePorts(_ task: String) {
        guard let record = machines[task]?.record, !record.isStopped else { return }
        guard let other = ports.reserve(hostPorts(record), for: task) else {
            post(.portsReserved, to: task)
            return
        }
        logger.info("waits for host ports that a stopping task still holds", ["task": task, "holder": other])
    }

    private func hostPorts(_ record: TaskRecord) -> Set<PortBook.Port> {
        guard record.assignment.networkMode != .none else { return [] }
        return record.containers.reduce(into: []) { $0.formUnion(PortBook.ports($1.portBindings)) }
    }
}
