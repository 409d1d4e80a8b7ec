import AgentJournal
import AgentProtocol
import Foundation
import Support
import Synchronization
import Testing

@testable import AgentSession

/// A control plane in memory: hands out streams that a test writes to, and notes what it is told.
private actor FakeControlPlane: ControlPlaneConnection {
    var joinError: ControlPlaneError?
    var registerErrors: [ControlPlaneError] = []
    var sendErrors: [ControlPlaneError] = []
    var unknownTaskArns: [String] = []
    var lacksStream: Bool?
    /// So many batches never arrive, and nobody is told.
    var lostBatches = 0
    private(set) var joins: [JoinRequest] = []
    private(set) var registrations: [(InstanceRegistration, SigningKey)] = []
    private(set) var batches: [ReportBatch] = []
    private(set) var streams: [AsyncThrowingStream<[UInt8], any Error>.Continuation] = []

    func set(_ change: @Sendable (isolated FakeControlPlane) -> Void) { change(self) }

    func join(_ request: JoinRequest) async throws(ControlPlaneError) -> JoinReply {
        joins.append(request)
        if let joinError { throw joinError }
        return JoinReply(accessKeyID: "AKIDHOST\(joins.count)", secretAccessKey: "s", region: "eu-west-1")
    }

    func register(_ registration: InstanceRegistration, key: SigningKey) async throws(ControlPlaneError) -> String {
        registrations.append((registration, key))
        if !registerErrors.isEmpty { throw registerErrors.removeFirst() }
        return registration.containerInstanceArn ?? "arn:instance/\(registrations.count)"
    }

    func openStream(
        containerInstanceArn: String, sessionID: String, key: SigningKey
    ) async throws(ControlPlaneError) -> any AsyncSequence<[UInt8], any Error> & Sendable {
        let (stream, continuation) = AsyncThrowingStream<[UInt8], any Error>.makeStream(
            bufferingPolicy: .bufferingOldest(1000))
        streams.append(continuation)
        return stream
    }

    func send(_ batch: ReportBatch, key: SigningKey) async throws(ControlPlaneError) -> ReportReply {
        if !sendErrors.isEmpty { throw sendErrors.removeFirst() }
        if lostBatches > 0 {
            lostBatches -= 1
            try? await Task.sleep(for: .seconds(3600))
            throw ControlPlaneError(code: .unavailable, message: "lost")
        }
        batches.append(batch)
        return ReportReply(batch: batch.batch, unknownTaskArns: unknownTaskArns, lacksStream: lacksStream)
    }

    nonisolated let signs = Mutex<[SignOfLife]>([])

    nonisolated func send(sign datagram: [UInt8]) throws {
        let sign = try #require(SignOfLife(datagram: datagram))
        signs.withLock { $0.append(sign) }
    }

    func secrets(_ request: SecretsRequest, key: SigningKey) async throws(ControlPlaneError) -> SecretsReply {
        SecretsReply(values: [:])
    }

    func say(_ messages: [StreamMessage], on stream: Int) throws {
        for message in messages {
            // In two pieces, cut in the middle of a line.
            let line = Array(try AgentCoding.encode(message)) + [0x0A]
            streams[stream].yield(Array(line.prefix(line.count / 2)))
            streams[stream].yield(Array(line.dropFirst(line.count / 2)))
        }
    }
}

private actor FakeTasks: HostTasks {
    nonisolated let reportsDue = Signal()
    private(set) var applied: [AssignmentMessage] = []
    private(set) var sessions = 0
    private var health: InstanceHealth?
    private(set) var unknown: [String] = []
    private var reports: [OutgoingReport] = []
    private var isCompared = true

    func apply(_ message: AssignmentMessage) async throws { applied.append(message) }
    func sessionStarted() { sessions += 1 }
    func instanceHealth() -> InstanceHealth? { health }
    func hasCompared() -> Bool { isCompared }
    func compare(_ isCompared: Bool) {
        self.isCompared = isCompared
        reportsDue.raise()
    }
    func set(health: InstanceHealth) {
        self.health = health
        reportsDue.raise()
    }
    func pendingReports(limit: Int) -> [OutgoingReport] { Array(reports.prefix(limit)) }
    func acknowledge(_ sent: [OutgoingReport], unknownTaskArns: [String]) {
        reports.removeAll { sent.contains($0) }
        unknown += unknownTaskArns
    }
    func report(_ ids: Range<Int>) {
        reports += ids.map {
            OutgoingReport(report: TaskReport(taskArn: taskArn("\($0)"), status: .running, containers: []), version: 1)
        }
        reportsDue.raise()
    }
}

private actor MemoryStore: RegistrationStore {
    var value: HostRegistration
    init(_ value: HostRegistration = HostRegistration()) { self.value = value }
    func registration() -> HostRegistration { value }
    func setRegistration(_ registration: HostRegistration) { value = registration }
}

private let hello = StreamMessage.hello(SessionHello(heartbeatIntervalSeconds: 10, pingIntervalSeconds: 5))

private func complete(_ sequence: Int, isComplete: Bool) -> StreamMessage {
    .assignments(AssignmentMessage(sequence: sequence, isComplete: isComplete, tasks: []))
}

@Suite struct SessionTests {
    private let plane = FakeControlPlane()
    private let tasks = FakeTasks()
    private let clock = ManualClock()

    private func start(_ store: MemoryStore = MemoryStore(), token: String? = nil, key: SigningKey? = nil) -> Task<
        SessionFailure?, Never
    > {
        let session = Session(
            configuration: .init(cluster: "default", joinToken: token, key: key, region: "us-east-1"),
            connection: plane, store: store,
            tasks: tasks, clock: clock, logger: .discarding, takeCredentials: { _ in },
            describeHost: {
                InstanceRegistration(
                    cluster: "default", cpuUnits: 2048, memoryMiB: 1000, reservedPorts: [22], reservedUDPPorts: [],
                    attributes: [],
                    agentVersion: "1", runtimeVersion: "DockerVersion: 1")
            })
        return Task {
            do throws(SessionFailure) {
                try await session.run()
                return nil
            } catch { return error }
        }
    }

    private func stop(_ task: Task<SessionFailure?, Never>) async {
        task.cancel()
        _ = await task.value
    }

    /// Lets time pass until something is so.
    private func passing(_ step: Duration = .milliseconds(100), _ condition: () async -> Bool) async -> Bool {
        await eventually {
            if await condition() { return true }
            clock.advance(by: step)
            return false
        }
    }

    @Test func joinsOnceAndSignsWithItsOwnKey() async throws {
        let store = MemoryStore()
        let first = start(store, token: "token")
        #expect(await eventually { await plane.streams.count == 1 })
        await stop(first)
        let second = start(store, token: "token")
        #expect(await eventually { await plane.streams.count == 2 })
        await stop(second)
        #expect(await plane.joins == [JoinRequest(joinToken: "token", cluster: "default")])
        let keys = await plane.registrations.map(\.1.accessKeyID)
        #expect(keys == ["AKIDHOST1", "AKIDHOST1"])
        #expect(await plane.registrations.map(\.0.containerInstanceArn) == [nil, "arn:instance/1"])
        #expect(await store.value.cluster == "default")
    }

    struct Keys: Sendable {
        var stored: JoinReply?
        var token: String?
        var given: SigningKey?
        var used: String
    }

    @Test(arguments: [
        Keys(used: "AKIDUNAUTHENTICATED0"),
        Keys(given: .init(accessKeyID: "AKIDADMIN", secretAccessKey: "x", region: "r"), used: "AKIDADMIN"),
        Keys(token: "t", given: .init(accessKeyID: "AKIDADMIN", secretAccessKey: "x", region: "r"), used: "AKIDHOST1"),
        Keys(
            stored: .init(accessKeyID: "AKIDSTORED", secretAccessKey: "x", region: "r"), token: "t", used: "AKIDSTORED"),
    ])
    func whichKeySigns(keys: Keys) async {
        let task = start(
            MemoryStore(HostRegistration(cluster: "default", key: keys.stored)), token: keys.token, key: keys.given)
        #expect(await eventually { await plane.registrations.first?.1.accessKeyID == keys.used })
        await stop(task)
    }

    @Test func anotherClusterIsAnotherHost() async {
        let store = MemoryStore(
            HostRegistration(
                cluster: "old", key: .init(accessKeyID: "AKIDOLD", secretAccessKey: "x", region: "r"),
                containerInstanceArn: "arn:old"))
        let task = start(store, token: "t")
        #expect(await eventually { await plane.registrations.first?.0.containerInstanceArn == nil })
        #expect(await eventually { await plane.registrations.first?.1.accessKeyID == "AKIDHOST1" })
        await stop(task)
    }

    @Test func aBadTokenIsTheEnd() async {
        await plane.set { $0.joinError = ControlPlaneError(code: .accessDenied, message: "no such token") }
        let failure = await start(token: "bad").value
        #expect(failure?.message.contains("no such token") == true)
    }

    @Test func aKeyThatIsRefusedIsReplacedByTheToken() async {
        await plane.set { $0.registerErrors = [ControlPlaneError(code: .accessDenied, message: "unknown key")] }
        let store = MemoryStore(
            HostRegistration(cluster: "default", key: .init(accessKeyID: "AKIDOLD", secretAccessKey: "x", region: "r")))
        let task = start(store, token: "t")
        #expect(await passing { await plane.registrations.count == 2 })
        #expect(await plane.registrations.map(\.1.accessKeyID) == ["AKIDOLD", "AKIDHOST1"])
        await stop(task)
    }

    @Test func aDeregisteredHostComesBackAsANewOne() async {
        let gone = ControlPlaneError(code: .unknownInstance, message: "it was deregistered")
        await plane.set { $0.registerErrors = [gone, gone] }
        let store = MemoryStore(
            HostRegistration(
                cluster: "default", key: .init(accessKeyID: "AKIDOLD", secretAccessKey: "x", region: "r"),
                containerInstanceArn: "arn:old"))
        let task = start(store, token: "t")
        #expect(await passing { await plane.registrations.count == 3 })
        // First without its old name, then without the key that is bound to it.
        #expect(await plane.registrations.map(\.0.containerInstanceArn) == ["arn:old", nil, nil])
        #expect(await plane.registrations.map(\.1.accessKeyID) == ["AKIDOLD", "AKIDOLD", "AKIDHOST1"])
        await stop(task)
    }

    @Test func assignmentsAreAppliedAndTheirSequenceReported() async throws {
        let task = start()
        #expect(await eventually { await plane.streams.count == 1 })
        try await plane.say(
            [hello, complete(1, isComplete: true), .unknown("news"), .ping, complete(2, isComplete: false)], on: 0)
        #expect(await eventually { await tasks.applied.map(\.sequence) == [1, 2] })
        #expect(await eventually { await plane.batches.last?.appliedSequence == 2 })
        #expect(await plane.batches.map(\.batch) == Array(1...(await plane.batches.count)))
        #expect(await tasks.sessions == 1)
        await stop(task)
    }

    @Test(arguments: [
        [complete(1, isComplete: false)], [complete(2, isComplete: true)],
        [complete(1, isComplete: true), complete(3, isComplete: false)],
    ])
    func aGapAsksForTheCompleteSet(messages: [StreamMessage]) async throws {
        let task = start()
        #expect(await eventually { await plane.streams.count == 1 })
        try await plane.say([hello] + messages, on: 0)
        #expect(await passing { await plane.streams.count == 2 })
        #expect(await tasks.applied.count == messages.count - 1, "the one after the gap is not applied")
        #expect(await plane.registrations.count == 1)
        await stop(task)
    }

    @Test func reportsGoAtOnceInBatchesAndAgainUntilTheyArrive() async throws {
        await plane.set {
            $0.sendErrors = [
                ControlPlaneError(code: .unavailable, message: "gone"),
                ControlPlaneError(code: .unavailable, message: "gone"),
            ]
            $0.unknownTaskArns = [taskArn("7")]
        }
        await tasks.report(0..<250)
        let task = start()
        #expect(await eventually { await plane.streams.count == 1 })
        try await plane.say([hello], on: 0)
        #expect(await passing { await plane.batches.reduce(0) { $0 + $1.reports.count } == 250 })
        #expect(await plane.batches.map(\.reports.count).filter { $0 > 0 } == [50, 50, 50, 50, 50])
        #expect(await tasks.unknown.first == taskArn("7"))
        await tasks.report(300..<301)
        #expect(await eventually { await plane.batches.contains { $0.reports.map(\.taskArn) == [taskArn("300")] } })
        await stop(task)
    }

    /// Else tasks that are in no batch yet would be taken for living ones on a host that is back.
    @Test func batchesSayWhetherMoreIsToCome() async throws {
        await tasks.report(0..<70)
        await tasks.compare(false)
        let task = start()
        #expect(await eventually { await plane.streams.count == 1 })
        try await plane.say([hello], on: 0)
        #expect(await passing { await plane.batches.reduce(0) { $0 + $1.reports.count } == 70 })
        #expect(await plane.batches.prefix(2).map(\.hasMore) == [true, true], "not compared yet")
        await tasks.report(70..<140)
        await tasks.compare(true)
        #expect(await passing { await plane.batches.reduce(0) { $0 + $1.reports.count } == 140 })
        #expect(await plane.batches.filter { $0.reports.count == 50 }.map(\.hasMore) == [true, true])
        #expect(await plane.batches.last?.hasMore == nil)
        await stop(task)
    }

    /// One connection may be held up by packets that were lost.
    @Test func aBatchThatTakesLongIsNoSilence() async throws {
        await plane.set { $0.lostBatches = 2 }
        await tasks.report(0..<1)
        let task = start()
        #expect(await eventually { await plane.streams.count == 1 })
        try await plane.say([hello], on: 0)
        #expect(await passing(.seconds(1)) { await plane.batches.count >= 2 })
        // Not that all is well: that is for the batch to say.
        #expect(await plane.batches.allSatisfy { $0.reports.isEmpty && $0.hasMore == true })
        await stop(task)
    }

    /// A request whose answer was lost is not waited for until there is room for no other.
    @Test func signsOfLifeGoOnThoughNoneIsAnswered() async throws {
        await plane.set { $0.lostBatches = 12 }
        let task = start()
        #expect(await eventually { await plane.streams.count == 1 })
        try await plane.say([patientHello()], on: 0)
        #expect(await passing(.seconds(1)) { await plane.batches.count >= 1 })
        #expect(await plane.batches.allSatisfy { $0.reports.isEmpty && $0.hasMore == true })
        await stop(task)
    }

    @Test func aBatchThatTakesLongIsAccompaniedByDatagrams() async throws {
        await plane.set { $0.lostBatches = 1000 }
        let task = start()
        #expect(await eventually { await plane.streams.count == 1 })
        try await plane.say([patientHello(signKey: "key")], on: 0)
        #expect(await passing(.milliseconds(500)) { plane.signs.withLock { $0.count >= 12 } })
        let signs = plane.signs.withLock { $0 }
        #expect(signs.map(\.number) == Array(1...UInt64(signs.count)))
        #expect(signs.allSatisfy { $0.isSigned(with: "key") && $0.containerInstance == "1" })
        // Four in a heartbeat of 10 seconds, from the second look on.
        let seconds = Double(signs.count + 1) * 2.5
        #expect((seconds - 0.5...seconds + 3.5).contains(clock.now.offset.inSeconds))
        await stop(task)
    }

    @Test func batchesThatAreAnsweredNeedNoDatagrams() async throws {
        let task = start()
        #expect(await eventually { await plane.streams.count == 1 })
        try await plane.say([patientHello(signKey: "key")], on: 0)
        #expect(await passing(.milliseconds(500)) { await plane.batches.count >= 5 })
        #expect(plane.signs.withLock { $0.isEmpty })
        await stop(task)
    }

    /// One that nobody pings.
    private func patientHello(signKey: String? = nil) -> StreamMessage {
        .hello(SessionHello(heartbeatIntervalSeconds: 10, pingIntervalSeconds: 36000, signKey: signKey))
    }

    @Test func aQuietHostSendsHeartbeats() async throws {
        let task = start()
        #expect(await eventually { await plane.streams.count == 1 })
        try await plane.say([hello], on: 0)
        #expect(await eventually { await plane.batches.count == 1 })
        for expected in 2...4 {
            // Pings keep the session alive meanwhile.
            try await plane.say([.ping], on: 0)
            #expect(await passing(.seconds(1)) { await plane.batches.count >= expected })
        }
        #expect(await plane.batches.allSatisfy { $0.reports.isEmpty })
        #expect(await plane.streams.count == 1)
        await stop(task)
    }

    /// Its connection may have ended for the control plane alone.
    @Test func aStreamThatTheControlPlaneHasLostIsOpenedAnew() async throws {
        let task = start()
        #expect(await eventually { await plane.streams.count == 1 })
        try await plane.say([patientHello()], on: 0)
        #expect(await passing { await plane.batches.count == 2 })
        #expect(await plane.streams.count == 1)
        await plane.set { $0.lacksStream = true }
        #expect(await passing { await plane.streams.count == 2 })
        #expect(await plane.batches.count == 3)
        #expect(await plane.registrations.count == 1)
        await stop(task)
    }

    @Test func silenceEndsTheStream() async throws {
        let task = start()
        #expect(await eventually { await plane.streams.count == 1 })
        try await plane.say([hello], on: 0)
        #expect(await eventually { await plane.batches.count == 1 })
        #expect(await passing(.seconds(1)) { await plane.streams.count == 2 })
        await stop(task)
    }

    struct Close: Sendable {
        var reason: SessionClose.Reason
        var registersAgain: Bool
        var forgetsInstance: Bool
    }

    @Test(arguments: [
        Close(reason: .goingAway, registersAgain: false, forgetsInstance: false),
        Close(reason: .replaced, registersAgain: true, forgetsInstance: false),
        Close(reason: .inactive, registersAgain: true, forgetsInstance: true),
    ])
    func whatAnEndMeans(close: Close) async throws {
        let task = start()
        #expect(await eventually { await plane.streams.count == 1 })
        try await plane.say([hello, .close(SessionClose(reason: close.reason, message: "bye"))], on: 0)
        #expect(await passing { await plane.streams.count == 2 })
        #expect(await plane.registrations.count == (close.registersAgain ? 2 : 1))
        if close.registersAgain {
            #expect(
                await plane.registrations.last?.0.containerInstanceArn
                    == (close.forgetsInstance ? nil : "arn:instance/1"))
        }
        await stop(task)
    }

    @Test func nonsenseOnTheStreamIsAReconnect() async throws {
        let task = start()
        #expect(await eventually { await plane.streams.count == 1 })
        await plane.streams[0].yield(Array("{nonsense\n".utf8))
        #expect(await passing { await plane.streams.count == 2 })
        await stop(task)
    }

    @Test func linesAreBounded() throws {
        var lines = MessageLines()
        let piece = [UInt8](repeating: 0x20, count: 1 << 20)
        #expect(throws: MessageLines.TooLong.self) {
            for _ in 0..<40 { _ = try lines.append(piece) }
        }
    }

    @Test func pausesGrowToALimitAndAreSpread() {
        var generator = SeededGenerator(state: 5)
        var backoff = Backoff()
        var pauses: [Duration] = []
        for _ in 0..<40 { pauses.append(backoff.pause(using: &generator)) }
        #expect((Duration.milliseconds(200)...Duration.milliseconds(300)).contains(pauses[0]))
        #expect(pauses.suffix(20).allSatisfy { $0 >= .seconds(24) && $0 <= .seconds(36) })
        #expect(Set(pauses.suffix(20)).count > 15)
        backoff.reset()
        #expect(backoff.pause(using: &generator) <= .milliseconds(300))
    }

    @Test func whatAHostIs() throws {
        #expect(HostFacts.memoryMiB(meminfo: "MemFree: 1 kB\nMemTotal:       16384512 kB\n") == 16000)
        #expect(HostFacts.memoryMiB(meminfo: "nothing") == nil)
        let facts = try HostFacts.read()
        #expect(facts.processorCount == ProcessInfo.processInfo.activeProcessorCount)
        #expect(facts.memoryMiB > 100)
        let attributes = HostFacts.attributes(
            architecture: "arm64", apiVersion: "1.19", loggingDrivers: ["json-file"],
            features: ["privileged-container", "task-iam-role"], capabilities: ["docker-plugin.local"],
            availabilityZone: "rack-1")
        #expect(
            attributes == [
                .init("ecs.os-type", "linux"), .init("ecs.os-family", "LINUX"), .init("ecs.cpu-architecture", "arm64"),
                .init("ecs.capability.container-ordering"), .init("ecs.capability.container-restart-policy"),
                .init("ecs.capability.increased-task-cpu-limit"),
                .init("ecs.capability.network.container-port-range"),
                .init("ecs.capability.private-registry-authentication.secretsmanager"),
                .init("ecs.capability.secrets.asm.environment-variables"),
                .init("ecs.capability.secrets.ssm.environment-variables"),
                .init("ecs.capability.docker-plugin.local"), .init("ecs.availability-zone", "rack-1"),
                .init("com.amazonaws.ecs.capability.docker-remote-api.1.17"),
                .init("com.amazonaws.ecs.capability.docker-remote-api.1.18"),
                .init("com.amazonaws.ecs.capability.docker-remote-api.1.19"),
                .init("com.amazonaws.ecs.capability.logging-driver.json-file"),
                .init("com.amazonaws.ecs.capability.privileged-container"),
                .init("com.amazonaws.ecs.capability.task-iam-role"),
            ])
    }
}
