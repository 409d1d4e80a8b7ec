import ControlPlaneState
import Controllers
import Foundation
import Support
import Synchronization
import Testing

@Suite struct ControllerTests {
    /// An instant that moves when it is told to.
    private final class Instants: Sendable {
        private let value = Mutex(ContinuousClock().now)
        var now: ContinuousClock.Instant { value.withLock { $0 } }
        func advance(_ duration: Duration) { value.withLock { $0 = $0 + duration } }
    }

    @Test func aSilentAgentIsLostAndComesBack() async throws {
        let plane = try TestControlPlane()
        let instants = Instants()
        let liveness = AgentLiveness(
            state: plane.state, timeout: .seconds(30), now: { plane.clock.now }, instant: { instants.now },
            log: .discarding)
        let arn = try await plane.registerInstance()
        let id = ContainerInstanceID(String(arn.split(separator: "/").last ?? ""))
        func isConnected() async throws -> Bool {
            let described = try await plane.call("DescribeContainerInstances", ["containerInstances": [arn]])
            return described.list("containerInstances")[0]["agentConnected"] as? Bool ?? false
        }
        instants.advance(.seconds(29))
        await liveness.check()
        #expect(try await isConnected())
        await liveness.heard(id)
        instants.advance(.seconds(29))
        await liveness.check()
        #expect(try await isConnected())
        instants.advance(.seconds(1))
        await liveness.check()
        #expect(try await !isConnected())

        try await plane.registerTaskDefinition()
        let refused = try await plane.call("RunTask", ["taskDefinition": "web"])
        #expect(refused.list("failures")[0].text("reason") == "AGENT")
        await liveness.heard(id)
        #expect(try await isConnected())
        #expect(try await plane.call("RunTask", ["taskDefinition": "web"]).list("failures").isEmpty)
    }

    /// However long the control plane has been up.
    @Test func aNewInstanceHasTheWholeTimeout() async throws {
        let plane = try TestControlPlane()
        let instants = Instants()
        let liveness = AgentLiveness(
            state: plane.state, timeout: .seconds(30), instant: { instants.now }, log: .discarding)
        await liveness.check()
        instants.advance(.seconds(3600))
        let arn = try await plane.registerInstance()
        let id = ContainerInstanceID(String(arn.split(separator: "/").last ?? ""))
        await liveness.check()
        #expect(plane.state.peek { $0.containerInstances[id]?.agentConnected } == true)
        instants.advance(.seconds(30))
        await liveness.check()
        #expect(plane.state.peek { $0.containerInstances[id]?.agentConnected } == false)
    }

    /// However short the time-out is: agents that could not reach the control plane for long try again every half minute.
    @Test func afterAStartAgentsHaveTheTimeToComeBack() async throws {
        let plane = try TestControlPlane()
        let arn = try await plane.registerInstance()
        let id = ContainerInstanceID(String(arn.split(separator: "/").last ?? ""))
        let instants = Instants()
        let liveness = AgentLiveness(
            state: plane.state, timeout: .seconds(5), instant: { instants.now }, log: .discarding)
        for _ in 0..<39 {
            instants.advance(.seconds(1))
            await liveness.check()
        }
        #expect(plane.state.peek { $0.containerInstances[id]?.agentConnected } == true)
        instants.advance(.seconds(1))
        await liveness.check()
        #expect(plane.state.peek { $0.containerInstances[id]?.agentConnected } == false)
        await liveness.heard(id)
        instants.advance(.seconds(5))
        await liveness.check()
        #expect(
            plane.state.peek { $0.containerInstances[id]?.agentConnected } == false, "once heard, the time-out holds")
    }
}
