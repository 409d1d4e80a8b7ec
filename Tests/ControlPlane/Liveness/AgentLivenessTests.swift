import ControlPlaneState
import Controllers
import Foundation
import Support
import Synchronization
import Testing

/// An instant that moves when it is told to.
final class Instants: Sendable {
    private let value = Mutex(ContinuousClock().now)
    var now: ContinuousClock.Instant { value.withLock { $0 } }
    func advance(_ duration: Duration) { value.withLock { $0 = $0 + duration } }
}

@Suite(.timeLimit(.minutes(1))) struct AgentLivenessTests {
    /// A control plane with one host, and who looks after it.
    private final class Scene: Sendable {
        let plane: TestControlPlane
        let instants = Instants()
        let liveness: AgentLiveness
        let arn: String
        var id: ContainerInstanceID { ContainerInstanceID(String(arn.split(separator: "/").last ?? "")) }

        init(timeout: Duration = .seconds(30), resetTimeout: Duration? = nil, isRestart: Bool = false) async throws {
            let plane = try TestControlPlane()
            let instants = instants
            func make() -> AgentLiveness {
                AgentLiveness(
                    state: plane.state, timeout: timeout, resetTimeout: resetTimeout, now: { plane.clock.now },
                    instant: { instants.now }, log: .discarding)
            }
            let first = make()
            arn = try await plane.registerInstance()
            plane.state.drain()
            liveness = isRestart ? make() : first
            self.plane = plane
        }

        func pass(_ duration: Duration) async {
            instants.advance(duration)
            plane.clock.advance(by: duration.inSeconds)
            await liveness.check()
            plane.state.drain()
        }

        /// As often as a process that runs would.
        func pass(_ duration: Duration, inStepsOf step: Duration) async {
            var passed: Duration = .zero
            while passed < duration {
                await pass(step)
                passed += step
            }
        }

        func heard() async {
            await liveness.heard(id)
            plane.state.drain()
        }

        var record: ContainerInstanceRecord? { plane.state.peek { $0.containerInstances[id] } }
        var isConnected: Bool? { record?.agentConnected }
    }

    @Test func aSilentAgentIsLostAndComesBack() async throws {
        let scene = try await Scene()
        await scene.pass(.seconds(29))
        #expect(scene.isConnected == true)
        await scene.heard()
        await scene.pass(.seconds(29))
        #expect(scene.isConnected == true)
        await scene.pass(.seconds(1))
        #expect(scene.isConnected == false)

        let plane = scene.plane
        try await plane.registerTaskDefinition()
        let refused = try await plane.call("RunTask", ["taskDefinition": "web"])
        #expect(refused.list("failures")[0].text("reason") == "AGENT")
        await scene.heard()
        #expect(scene.isConnected == true)
        #expect(try await plane.call("RunTask", ["taskDefinition": "web"]).list("failures").isEmpty)
        await scene.pass(.seconds(29))
        #expect(scene.isConnected == true)
        await scene.pass(.seconds(1))
        #expect(scene.isConnected == false, "lost again")
    }

    /// However long the control plane has been up.
    @Test func aNewInstanceHasTheWholeTimeout() async throws {
        let scene = try await Scene()
        await scene.pass(.seconds(3600))
        let arn = try await scene.plane.registerInstance()
        scene.plane.state.drain()
        let id = ContainerInstanceID(String(arn.split(separator: "/").last ?? ""))
        await scene.pass(.seconds(29))
        #expect(scene.plane.state.peek { $0.containerInstances[id]?.agentConnected } == true)
        await scene.pass(.seconds(1))
        #expect(scene.plane.state.peek { $0.containerInstances[id]?.agentConnected } == false)
    }

    /// However short the time-out is: agents that could not reach the control plane for long try again every half minute.
    @Test func afterAStartAgentsHaveTheTimeToComeBack() async throws {
        let scene = try await Scene(timeout: .seconds(5), isRestart: true)
        await scene.pass(.seconds(39), inStepsOf: .seconds(1))
        #expect(scene.isConnected == true)
        await scene.pass(.seconds(1))
        #expect(scene.isConnected == false)
        await scene.heard()
        await scene.pass(.seconds(5))
        #expect(scene.isConnected == false, "once heard, the time-out holds")
    }

    /// A registration says nothing of the tasks: a lost host is back when its agent has told what became of them.
    @Test func aLostInstanceThatRegistersAgainStaysLostUntilItIsHeard() async throws {
        let scene = try await Scene()
        await scene.pass(.seconds(30))
        let again = try await scene.plane.call(
            "RegisterContainerInstance",
            [
                "containerInstanceArn": scene.arn,
                "totalResources": ["CPU", "MEMORY"].map { ["name": $0, "type": "INTEGER", "integerValue": 4096] },
            ])
        #expect((again["containerInstance"] as? [String: Any])?["agentConnected"] as? Bool == false)
        scene.liveness.seen(scene.id)
        await scene.pass(.seconds(1))
        #expect(scene.isConnected == false)
        await scene.heard()
        #expect(scene.isConnected == true)
    }

    // MARK: When it was last heard of

    @Test func tellsWhenALostAgentWasLastHeardOf() async throws {
        let scene = try await Scene()
        await scene.pass(.seconds(10))
        scene.liveness.seen(scene.id)
        let heardAt = scene.plane.clock.now
        // It is found late.
        await scene.pass(.seconds(37))
        #expect(scene.record?.lastHeardAt == heardAt)
        #expect(scene.record?.connectivityAt == heardAt.addingTimeInterval(37))
        let loaded = try TestControlPlane(store: scene.plane.store)
        #expect(loaded.state.peek { $0.containerInstances[scene.id]?.lastHeardAt } == heardAt)
        await scene.heard()
        #expect(scene.record?.lastHeardAt == nil)
    }

    /// What was heard before a start is not known after it. It is not for the time of the absence that hosts are blamed.
    @Test func whoIsNotHeardOfAfterAStartWasHeardOfAtItsTime() async throws {
        let scene = try await Scene(timeout: .seconds(5), isRestart: true)
        let start = scene.plane.clock.now
        await scene.pass(.seconds(40))
        #expect(scene.isConnected == false)
        #expect(scene.record?.lastHeardAt == start)
    }

    // MARK: Streams that end

    @Test func whoseStreamEndedIsLostSooner() async throws {
        let scene = try await Scene(timeout: .seconds(5), resetTimeout: .milliseconds(500))
        await scene.pass(.seconds(1))
        await scene.heard()
        await scene.pass(.seconds(1))
        scene.liveness.streamEnded(scene.id)
        await scene.pass(.milliseconds(499))
        #expect(scene.isConnected == true)
        await scene.pass(.milliseconds(1))
        #expect(scene.isConnected == false)
        #expect(scene.record?.lastHeardAt == scene.plane.clock.now.addingTimeInterval(-1.5))
    }

    @Test func aSignOfLifeAfterTheEndOfAStreamIsEnough() async throws {
        let scene = try await Scene(timeout: .seconds(5), resetTimeout: .milliseconds(500))
        scene.liveness.streamEnded(scene.id)
        await scene.pass(.milliseconds(400))
        scene.liveness.seen(scene.id)
        await scene.pass(.milliseconds(4_999))
        #expect(scene.isConnected == true)
        await scene.pass(.milliseconds(1))
        #expect(scene.isConnected == false)
    }

    @Test func withoutASettingTheEndOfAStreamChangesNothing() async throws {
        let scene = try await Scene()
        await scene.pass(.seconds(10))
        scene.liveness.streamEnded(scene.id)
        await scene.pass(.seconds(19))
        #expect(scene.isConnected == true)
        await scene.pass(.seconds(1))
        #expect(scene.isConnected == false)
    }

    // MARK: The control plane's own pauses

    /// Runs with a clock that sleeps as long as it is told to.
    ///
    /// - Parameter late: by how much the sleep that begins after so long ends late; nil to sleep until woken.
    /// - Returns: after how long the host was lost; nil if it was not within an hour.
    private func lost(_ scene: Scene, late: @escaping @Sendable (Duration) -> Duration?) async -> Duration? {
        let begin = scene.instants.now
        let clock = OversleepingClock(scene.instants) { late(scene.instants.now - begin) }
        return await withTaskGroup(of: Duration?.self) { group in
            group.addTask {
                await scene.liveness.run(clock: clock)
                return nil
            }
            group.addTask {
                for await instant in clock.sleeps {
                    scene.plane.state.drain()
                    if scene.isConnected == false { return instant - begin }
                    if instant - begin > .seconds(3600) { break }
                    clock.goOn()
                }
                return nil
            }
            let found = await group.next()
            group.cancelAll()
            return found ?? nil
        }
    }

    @Test func aSilentHostIsLostInTime() async throws {
        let scene = try await Scene(timeout: .seconds(5))
        #expect(await lost(scene) { _ in .zero } == .seconds(5))
    }

    @Test func agentsAreNotBlamedForAPauseOfTheControlPlane() async throws {
        let scene = try await Scene(timeout: .seconds(5))
        // Of the half second that took six and a half, a half counts.
        let found = await lost(scene) { $0 == .seconds(2) ? .seconds(6) : .zero }
        #expect(found == .milliseconds(5_000 + 6_000 + 250))
    }

    @Test func aPauseRightAfterTheEndOfAStreamIsNoSilence() async throws {
        let scene = try await Scene(timeout: .seconds(5), resetTimeout: .milliseconds(500))
        scene.liveness.streamEnded(scene.id)
        let found = await lost(scene) { $0 == .zero ? .seconds(3) : .zero }
        #expect(found == .milliseconds(500 + 3_000 + 250))
    }

    /// As when a machine is restored: agents may need as long as after a start.
    @Test func aLongPauseIsLikeAStart() async throws {
        let scene = try await Scene(timeout: .seconds(5))
        let found = await lost(scene) { $0 == .seconds(1) ? .seconds(600) : .zero }
        #expect(found == .milliseconds(1_500 + 600_000 + 40_000))
    }

    /// Else nothing would ever be noticed there.
    @Test func onAMachineThatIsAlwaysLateHostsAreLostAllTheSame() async throws {
        let scene = try await Scene(timeout: .seconds(5))
        let found = try #require(await lost(scene) { _ in .milliseconds(400) })
        #expect(found > .seconds(10) && found < .seconds(25))
    }

    @Test func theEndOfAStreamWakesWhoSleeps() async throws {
        let scene = try await Scene(timeout: .seconds(30), resetTimeout: .milliseconds(500))
        let isOver = Once()
        let found = await lost(scene) { passed in
            guard passed == .seconds(6), isOver.isFirst() else { return .zero }
            scene.liveness.streamEnded(scene.id)
            return nil
        }
        #expect(found == .milliseconds(6_500))
    }
}

private final class Once: Sendable {
    private let isDone = Mutex(false)

    func isFirst() -> Bool {
        isDone.withLock { isDone in
            defer { isDone = true }
            return !isDone
        }
    }
}

/// A clock that sleeps longer than it was asked to, once it is told to go on.
private final class OversleepingClock: Clock {
    struct Instant: InstantProtocol {
        var offset: Duration
        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (left: Self, right: Self) -> Bool { left.offset < right.offset }
    }

    /// When each sleep began.
    let sleeps: AsyncStream<ContinuousClock.Instant>
    private let sleep: AsyncStream<ContinuousClock.Instant>.Continuation
    private let instants: Instants
    private let begin: ContinuousClock.Instant
    private let late: @Sendable () -> Duration?
    private let turn = Signal()

    init(_ instants: Instants, late: @escaping @Sendable () -> Duration?) {
        self.instants = instants
        self.late = late
        begin = instants.now
        (sleeps, sleep) = AsyncStream.makeStream()
    }

    var now: Instant { Instant(offset: instants.now - begin) }
    var minimumResolution: Duration { .zero }

    func goOn() { turn.raise() }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        sleep.yield(instants.now)
        await turn.wait()
        try Task.checkCancellation()
        guard let late = late() else {
            try await Task.sleep(for: .seconds(3600))
            return
        }
        instants.advance(now.duration(to: deadline) + late)
    }
}
