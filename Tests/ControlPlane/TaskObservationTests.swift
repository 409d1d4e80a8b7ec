import AWSModels
import ControlPlaneState
import Foundation
import Placement
import Testing

@Suite struct TaskObservationTests {
    private static let now = TestControlPlane.start

    private static func task(ports: [PortAssignment] = []) -> TaskRecord {
        TaskRecord(
            id: TaskID(high: 1, low: 2), cluster: .default, sequence: 1,
            taskDefinition: TaskDefinitionID(family: "web", revision: 1), containerInstance: ContainerInstanceID("i"),
            group: "family:web", startedBy: nil, launchType: .ec2, overrides: ECS.TaskOverride(), cpu: nil, memory: nil,
            containers: [
                ContainerRecord(
                    id: "c", name: "app", image: "busybox", isEssential: true, portAssignments: ports, cpu: "0",
                    memory: "64", memoryReservation: nil)
            ], reservation: Reservation(cpuUnits: 1, memoryMiB: 64), createdAt: now, tags: [])
    }

    /// In whatever order observations come, and however often, the status never goes back and the end is the same.
    @Test(arguments: 0..<100) func statesOnlyMoveForward(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let statuses: [TaskStatus] = [.pending, .running, .stopping, .stopped]
        var task = Self.task()
        for _ in 0..<12 {
            let status = statuses.randomElement(using: &generator) ?? .pending
            let container: ContainerStatus = status == .stopped ? .stopped : status == .pending ? .pending : .running
            let observation = TaskObservation(
                status: status, stopCode: .essentialContainerExited, stoppedReason: "r",
                containers: [
                    ContainerObservation(name: "app", status: container, exitCode: status == .stopped ? 3 : nil)
                ])
            let next = task.observing(observation, now: Self.now)
            #expect(next.lastStatus >= task.lastStatus)
            #expect(next.containers[0].lastStatus >= task.containers[0].lastStatus)
            #expect(next.version >= task.version)
            #expect(next.observing(observation, now: Self.now) == next)
            task = next
        }
        let end = task.observing(TaskObservation(status: .stopped), now: Self.now)
        #expect(end.lastStatus == .stopped)
        #expect(end.desiredStatus == .stopped)
        #expect(end.containers.allSatisfy { $0.lastStatus == .stopped })
    }

    @Test func theUsersReasonStands() {
        let stopping = Self.task().stopping(.userInitiated, reason: "enough", now: Self.now)
        let stopped = stopping.observing(
            TaskObservation(status: .stopped, stopCode: .essentialContainerExited, stoppedReason: "exited"),
            now: Self.now)
        #expect(stopped.stopCode == .userInitiated)
        #expect(stopped.stoppedReason == "enough")
        #expect(stopped.stoppingAt == Self.now)
    }

    @Test func whatIsHeardLateWasSoBefore() {
        let heard = Self.now.addingTimeInterval(3600)
        var observation = TaskObservation(status: .stopped)
        observation.startedAt = Self.now.addingTimeInterval(10)
        observation.stoppingAt = Self.now.addingTimeInterval(20)
        let task = Self.task().observing(observation, now: heard)
        #expect(task.startedAt == Self.now.addingTimeInterval(10))
        #expect(task.stoppingAt == Self.now.addingTimeInterval(20))
        #expect(task.stoppedAt == heard)
    }

    /// A host's clock may be wrong.
    @Test(arguments: [-100.0, 1e9]) func timesOfAHostStayBetweenWhatIsKnown(offset: Double) {
        let heard = Self.now.addingTimeInterval(60)
        var observation = TaskObservation(status: .stopped)
        observation.startedAt = Self.now.addingTimeInterval(offset)
        observation.stoppingAt = Self.now.addingTimeInterval(offset - 1)
        let task = Self.task().observing(observation, now: heard)
        #expect(task.startedAt == (offset < 0 ? Self.now : heard))
        #expect(task.stoppingAt == task.startedAt)
    }

    @Test func aTaskThatNeverRanHasNoStart() {
        #expect(Self.task().observing(TaskObservation(status: .stopped), now: Self.now).startedAt == nil)
    }

    @Test func aLongReasonIsCut() {
        let observation = TaskObservation(
            status: nil,
            containers: [
                ContainerObservation(name: "app", status: .stopped, reason: String(repeating: "x", count: 5000))
            ])
        #expect(Self.task().observing(observation, now: Self.now).containers[0].reason?.count == 1024)
    }

    @Test func aHostThatHadToTakeAnotherPortIsBelieved() async throws {
        let plane = try TestControlPlane()
        let instance = try await plane.registerInstance()
        try await plane.registerTaskDefinition("web", portMappings: [["containerPort": 80]])
        let run = try await plane.call("RunTask", ["taskDefinition": "web", "count": 2])
        let arns = run.list("tasks").map { $0.text("taskArn") }
        func report(_ task: String, _ port: Int) async throws {
            _ = try await plane.call(
                "SubmitTaskStateChange",
                [
                    "task": task, "status": "RUNNING",
                    "containers": [
                        [
                            "containerName": "app", "status": "RUNNING",
                            "networkBindings": [
                                ["containerPort": 80, "hostPort": port, "protocol": "tcp", "bindIP": "0.0.0.0"]
                            ],
                        ]
                    ],
                ])
        }
        try await report(arns[0], 40_000)
        let id = ContainerInstanceID(String(instance.split(separator: "/").last ?? ""))
        func dynamicPorts() -> [UInt16] {
            plane.state.peek { tables in
                tables.containerInstances[id].flatMap { tables.remaining(of: $0) }?.dynamicTCPPorts ?? []
            }
        }
        #expect(dynamicPorts().contains(40_000))
        #expect(dynamicPorts().count == 2)
        // Another task cannot have the same one: what was accounted stays.
        let before = dynamicPorts()
        try await report(arns[1], 40_000)
        #expect(dynamicPorts() == before)
    }
}
