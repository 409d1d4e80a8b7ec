import AgentProtocol
import AgentRuntime
import Foundation

/// A container runtime in memory, whose containers behave as their image's script says.
actor FakeRuntime: ContainerRuntime {
    struct Script: Sendable {
        /// What a pull ends in; nil if it succeeds.
        var pullError: RuntimeError?
        /// How many pulls end in it; nil is all.
        var pullErrorCount: Int?
        /// What a pull tells of the image.
        var digest: String?
        /// The credential that its registry asks for.
        var credential: RegistryCredential?
        /// Whether the image is on the host before any pull.
        var isCached = true
        /// What starts end in, one after the other; after these they succeed.
        var startErrors: [RuntimeError] = []
        /// The container exits with this code as soon as it has started.
        var exitsAtOnceWith: Int?
        /// Pulls and starts wait until ``FakeRuntime/open(_:)``.
        var isPullHeld = false
        var isStartHeld = false
        /// A stop comes back, but the container goes on.
        var ignoresStop = false
        /// Its end is told by no event.
        var diesSilently = false
    }

    private var scripts: [String: Script]
    private(set) var containers: [String: ObservedContainer] = [:]
    private var imageNames: [String: String] = [:]
    private var listeners: [Int: AsyncThrowingStream<RuntimeEvent, any Error>.Continuation] = [:]
    private var nextID = 0
    private(set) var calls: [String] = []
    /// How often containers were inspected, which is in no list of calls.
    private(set) var looks = 0
    /// Each start that was asked for.
    private(set) var launches: [ContainerLaunch] = []
    var environments: [[ContainerLaunch.Variable]] { launches.map(\.environment) }
    var listError: RuntimeError?
    var tellsMemory = true
    private(set) var volumes: [String: RuntimeVolume] = [:]
    var volumeError: RuntimeError?
    var pingError: RuntimeError?
    private(set) var removalCalls = 0
    private var freedBy: [String: String] = [:]

    init(_ scripts: [String: Script] = [:]) { self.scripts = scripts }

    func set(_ image: String, _ change: @Sendable (inout Script) -> Void) { change(&scripts[image, default: Script()]) }

    private func script(_ image: String) -> Script { scripts[image] ?? Script() }

    var description = RuntimeDescription(version: "1", apiVersion: "1.41", loggingDrivers: ["json-file"])

    func describe() async throws(RuntimeError) -> RuntimeDescription {
        calls.append("describe")
        return description
    }

    func set(_ change: @Sendable (isolated FakeRuntime) -> Void) { change(self) }

    private func wait(while isHeld: () -> Bool) async throws(RuntimeError) {
        while isHeld() {
            guard !Task.isCancelled else { throw RuntimeError(code: .cancelled, message: "cancelled") }
            await Task.yield()
        }
    }

    func pull(image: String, credential: RegistryCredential?) async throws(RuntimeError) -> String? {
        calls.append("pull \(image)")
        try await wait { script(image).isPullHeld }
        if let error = script(image).pullError, script(image).pullErrorCount != 0 {
            if let count = script(image).pullErrorCount { scripts[image]?.pullErrorCount = count - 1 }
            throw error
        }
        if let wanted = script(image).credential, credential != wanted {
            throw RuntimeError(code: credential == nil ? .cannotPull : .registryDenied, message: "unauthorized")
        }
        scripts[image, default: Script()].isCached = true
        return script(image).digest
    }

    func makePauseImage() async throws(RuntimeError) {
        calls.append("make \(PauseImage.reference)")
        scripts[PauseImage.reference, default: Script()].isCached = true
    }

    func run(_ launch: ContainerLaunch) async throws(RuntimeError) -> LaunchedContainer {
        calls.append("run \(launch.image)")
        launches.append(launch)
        if let there = containers.values.first(where: { $0.name == launch.name }) {
            return LaunchedContainer(id: there.id, state: there.state)
        }
        try await wait { script(launch.image).isStartHeld }
        guard script(launch.image).isCached else { throw RuntimeError(code: .imageNotFound, message: "No such image") }
        if !script(launch.image).startErrors.isEmpty {
            throw scripts[launch.image, default: Script()].startErrors.removeFirst()
        }
        nextID += 1
        let id = "id\(nextID)"
        containers[id] = ObservedContainer(
            id: id, name: launch.name, labels: launch.labels, state: .running, processID: nextID)
        imageNames[id] = launch.image
        tell(.started, id)
        if let code = script(launch.image).exitsAtOnceWith { exit(id, code: code) }
        return LaunchedContainer(id: id, state: .running)
    }

    func start(id: String) async throws(RuntimeError) {
        calls.append("start \(id)")
        guard containers[id] != nil else { throw RuntimeError(code: .noSuchContainer, message: "No such container") }
        let image = imageNames[id] ?? ""
        if !script(image).startErrors.isEmpty { throw scripts[image, default: Script()].startErrors.removeFirst() }
        containers[id]?.state = .running
        tell(.started, id)
    }

    func stop(id: String, timeoutSeconds: Int) async throws(RuntimeError) {
        calls.append("stop \(id) \(timeoutSeconds)")
        guard let container = containers[id] else {
            throw RuntimeError(code: .noSuchContainer, message: "No such container")
        }
        guard case .running = container.state, !script(imageNames[id] ?? "").ignoresStop else { return }
        exit(id, code: 143)
    }

    func kill(id: String) async throws(RuntimeError) {
        calls.append("kill \(id)")
        exit(id, code: 137)
    }

    func remove(ids: [String]) async throws(RuntimeError) -> [String: RuntimeError] {
        removalCalls += 1
        for id in ids {
            calls.append("remove \(id)")
            // A name does as well.
            let id = containers.values.first { $0.name == id }?.id ?? id
            tell(.removed, id)
            containers[id] = nil
        }
        return [:]
    }

    func ping() async throws(RuntimeError) {
        if let pingError { throw pingError }
    }

    func images() -> [RuntimeImage] {
        scripts.filter(\.value.isCached).map { RuntimeImage(id: "id of \($0.key)", names: [$0.key]) }
    }

    func imageUses() -> [ImageUse] {
        containers.values.map { container in
            ImageUse(
                containerID: container.id, imageID: "id of \(imageNames[container.id] ?? "")",
                isStopped: container.state != .running, maker: .thisAgent)
        }
    }

    func removeImages(_ references: [String]) -> Set<String> {
        for image in references {
            calls.append("remove image \(image)")
            scripts[image]?.isCached = false
            if let waiting = freedBy[image] { scripts[waiting]?.pullError = nil }
        }
        return Set(references)
    }

    /// A pull that fails for lack of space succeeds once another image is gone.
    func freeSpace(for image: String, byRemoving other: String) { freedBy[other] = image }

    func set(pingError: RuntimeError?) { self.pingError = pingError }
    func set(listError: RuntimeError?) { self.listError = listError }

    func removeStopped(_ ids: [String]) {
        for id in ids { containers[id] = nil }
    }

    func list() async throws(RuntimeError) -> [ObservedContainer] {
        if let listError { throw listError }
        return containers.values.sorted { $0.id < $1.id }
    }

    func inspect(ids: [String]) async throws(RuntimeError) -> [ObservedContainer] {
        looks += 1
        return ids.compactMap { containers[$0] }
    }

    func createVolume(_ volume: RuntimeVolume) async throws(RuntimeError) {
        calls.append("create volume \(volume.name)")
        if let volumeError { throw volumeError }
        if volumes[volume.name] == nil { volumes[volume.name] = volume }
    }

    func inspectVolume(_ name: String) async throws(RuntimeError) -> RuntimeVolume? {
        calls.append("inspect volume \(name)")
        if let volumeError { throw volumeError }
        return volumes[name]
    }

    func removeVolumes(_ names: [String]) async throws(RuntimeError) {
        calls.append("remove volumes \(names.joined(separator: " "))")
        if let volumeError { throw volumeError }
        for name in names { volumes[name] = nil }
    }

    nonisolated func events(since: Date) -> AsyncThrowingStream<RuntimeEvent, any Error> {
        let (stream, continuation) = AsyncThrowingStream<RuntimeEvent, any Error>.makeStream(
            bufferingPolicy: .bufferingOldest(1000))
        Task { await self.listen(continuation) }
        return stream
    }

    private func listen(_ continuation: AsyncThrowingStream<RuntimeEvent, any Error>.Continuation) {
        nextID += 1
        listeners[nextID] = continuation
    }

    // MARK: - What a test does to it

    func exit(_ id: String, code: Int, isOutOfMemory: Bool = false) {
        guard case .running = containers[id]?.state else { return }
        containers[id]?.state = .exited(ContainerExit(code: code, isOutOfMemory: isOutOfMemory, date: startOfTime))
        if !script(imageNames[id] ?? "").diesSilently { tell(.exited(code: code, tellsMemory: tellsMemory), id) }
    }

    func tellOutOfMemory(_ id: String) { tell(.outOfMemory, id) }

    func tellHealth(_ id: String, _ health: ContainerHealth) {
        containers[id]?.health = health
        tell(.health(health), id)
    }

    /// Tells of a start, whether it runs again or the news is old.
    func tellStarted(_ id: String, runsAgain: Bool) {
        if runsAgain { containers[id]?.state = .running }
        tell(.started, id)
    }

    /// Tells of an end once more, as a stream does whose beginning overlaps with the end of the one before.
    func tellEndAgain(_ id: String, code: Int) { tell(.exited(code: code, tellsMemory: tellsMemory), id) }

    /// Takes a container away without a word.
    func lose(_ id: String) { containers[id] = nil }

    func add(_ container: ObservedContainer) { containers[container.id] = container }

    func endEvents() {
        for listener in listeners.values { listener.finish() }
        listeners = [:]
    }

    var runningCount: Int { containers.values.count { $0.state == .running } }

    func id(of name: String) -> String? { containers.values.first { $0.containerName == name }?.id }

    private func tell(_ kind: RuntimeEvent.Kind, _ id: String) {
        guard let container = containers[id], let task = container.taskArn, let name = container.containerName else {
            return
        }
        for listener in listeners.values {
            listener.yield(
                RuntimeEvent(kind: kind, containerID: id, taskArn: task, containerName: name, date: startOfTime))
        }
    }
}
