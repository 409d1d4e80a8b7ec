import AWSModels
import AgentProtocol
import ControlPlaneState
import Foundation
import Placement
import Testing

@testable import AgentGateway

/// What agents are told of order, health and restarts, and what their word on health becomes.
@Suite struct ContainerLifecycleTests {
    private static func specification(_ json: String) throws -> ContainerSpecification {
        var specification = ContainerSpecification(name: "app", image: "box")
        specification.takeLifecycle(of: try shape(ECS.ContainerDefinition.self, json))
        return specification
    }

    @Test func agentsAreToldAllOfIt() throws {
        let told = try Self.specification(
            #"{"dependsOn":[{"containerName":"a","condition":"HEALTHY"},{"containerName":"b","condition":"SUCCESS"}],"#
                + #""startTimeout":7,"restartPolicy":{"enabled":true,"ignoredExitCodes":[0,3],"restartAttemptPeriod":60},"#
                + #""healthCheck":{"command":["CMD","x"],"interval":6,"timeout":3,"retries":2,"startPeriod":9}}"#)
        #expect(told.dependsOn == [.init("a", .healthy), .init("b", .success)])
        #expect(told.startTimeoutSeconds == 7)
        #expect(told.restartPolicy == RestartPolicy(ignoredExitCodes: [0, 3], restartAttemptPeriodSeconds: 60))
        #expect(
            told.healthCheck
                == HealthCheck(
                    command: ["CMD", "x"], intervalSeconds: 6, timeoutSeconds: 3, retries: 2, startPeriodSeconds: 9))
    }

    @Test func whatIsNotSaidHasECSsDefaults() throws {
        let told = try Self.specification(#"{"healthCheck":{"command":["CMD","x"]},"restartPolicy":{"enabled":true}}"#)
        #expect(told.healthCheck == HealthCheck(command: ["CMD", "x"]))
        #expect(told.restartPolicy == RestartPolicy(ignoredExitCodes: [], restartAttemptPeriodSeconds: 300))
        #expect(told.dependsOn == nil)
        let none = try Self.specification(#"{"dependsOn":[],"restartPolicy":{"enabled":false,"ignoredExitCodes":[1]}}"#)
        #expect(none == ContainerSpecification(name: "app", image: "box"))
    }

    // MARK: - Health

    private static func task(_ essential: [Bool]) -> TaskRecord {
        TaskRecord(
            id: TaskID(high: 1, low: 2), cluster: .default, sequence: 1,
            taskDefinition: TaskDefinitionID(family: "web", revision: 1), containerInstance: ContainerInstanceID("i"),
            group: "family:web", startedBy: nil, launchType: .ec2, overrides: ECS.TaskOverride(), cpu: nil, memory: nil,
            containers: essential.enumerated().map { index, isEssential in
                ContainerRecord(
                    id: "c\(index)", name: "c\(index)", image: "box", isEssential: isEssential, portAssignments: [],
                    cpu: "0", memory: "64", memoryReservation: nil)
            }, reservation: Reservation(cpuUnits: 1, memoryMiB: 64), createdAt: TestControlPlane.start, tags: [])
    }

    private static func report(_ health: [ContainerHealth?]) -> TaskObservation {
        TaskObservation(
            TaskReport(
                taskArn: "t", status: .running,
                containers: health.enumerated().map { index, health in
                    ContainerReport(name: "c\(index)", status: .running, health: health)
                }))
    }

    struct RollUp: Sendable {
        var containers: [(isEssential: Bool, health: ContainerHealth?)]
        var task: String
    }

    @Test(arguments: [
        RollUp(containers: [(true, nil)], task: "UNKNOWN"),
        RollUp(containers: [(true, .healthy)], task: "HEALTHY"),
        RollUp(containers: [(true, .healthy), (true, nil)], task: "HEALTHY"),
        RollUp(containers: [(true, .healthy), (true, .unknown)], task: "UNKNOWN"),
        RollUp(containers: [(true, .unknown), (true, .unhealthy), (true, .healthy)], task: "UNHEALTHY"),
        RollUp(containers: [(true, .healthy), (false, .unhealthy)], task: "HEALTHY"),
        RollUp(containers: [(true, nil), (false, .healthy)], task: "UNKNOWN"),
    ])
    func aTaskIsAsWellAsItsEssentialContainers(case: RollUp) {
        let task = Self.task(`case`.containers.map(\.isEssential))
            .observing(Self.report(`case`.containers.map(\.health)), now: TestControlPlane.start)
        #expect(task.healthStatus.rawValue == `case`.task)
    }

    @Test func theLastWordStands() {
        let now = TestControlPlane.start
        var task = Self.task([true])
        #expect(task.healthStatus == .unknown)
        task = task.observing(Self.report([.unhealthy]), now: now)
        let version = task.version
        #expect(task.observing(Self.report([.unhealthy]), now: now).version == version)
        // What says nothing, such as SubmitTaskStateChange, changes nothing.
        #expect(task.observing(Self.report([nil]), now: now).healthStatus == .unhealthy)
        task = task.observing(Self.report([.healthy]), now: now)
        #expect(task.healthStatus == .healthy)
        #expect(task.version == version + 1)
        #expect(task.observing(TaskObservation(status: .stopped), now: now).healthStatus == .healthy)
    }
}
