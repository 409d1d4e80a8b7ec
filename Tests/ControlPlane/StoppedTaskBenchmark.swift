import AWSModels
import Foundation
import Placement
import Testing

@testable import ControlPlaneState

/// What a STOPPED task costs while it is kept, by hand:
/// `STEVEDORE_BENCH=1 swift test -c release --filter StoppedTaskBenchmark`.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["STEVEDORE_BENCH"] == "1"), .serialized)
struct StoppedTaskBenchmark {
    private static let count = 100_000

    /// A task as it ends: that many containers, a port, a reason each, two tags.
    private static func record(_ number: Int, containers: Int) -> TaskRecord {
        let now = TestControlPlane.start.addingTimeInterval(Double(number))
        var task = TaskRecord(
            id: TaskID(high: UInt64(number), low: UInt64(number)), cluster: ClusterName("production-cluster"),
            sequence: number, taskDefinition: TaskDefinitionID(family: "web-application-\(number % 50)", revision: 12),
            containerInstance: ContainerInstanceID(String(format: "%032x", number % 500)),
            group: "family:web-application-\(number % 50)",
            startedBy: "ecs-svc/\(1_000_000_000_000_000_000 + number % 50)",
            launchType: .ec2, overrides: ECS.TaskOverride(), cpu: nil, memory: nil,
            containers: (0..<containers).map { container in
                ContainerRecord(
                    id: UUID().uuidString, name: "container-\(container)",
                    image: "registry.example.com/team/web-application:\(number % 100)", isEssential: true,
                    portAssignments: [
                        PortAssignment(containerPort: 80, hostPort: HostPort(.tcp, 40_000), isDynamic: true)
                    ], cpu: "256", memory: "512", memoryReservation: "256")
            }, reservation: Reservation(cpuUnits: 256, memoryMiB: 256, dynamicPorts: [HostPort(.tcp, 40_000)]),
            createdAt: now, tags: [ECS.Tag(key: "team", value: "payments"), ECS.Tag(key: "stage", value: "production")])
        task = task.observing(
            TaskObservation(
                status: .running, pullStartedAt: now, pullStoppedAt: now,
                containers: task.containers.map {
                    ContainerObservation(
                        name: $0.name, status: .running, runtimeID: String(format: "%064x", number),
                        networkBindings: [
                            ECS.NetworkBinding(bindIP: "0.0.0.0", containerPort: 80, hostPort: 40_000, protocol: .tcp)
                        ])
                }), now: now)
        return task.observing(
            TaskObservation(
                status: .stopped, stopCode: .essentialContainerExited,
                stoppedReason: "Essential container in task exited", executionStoppedAt: now,
                containers: task.containers.map {
                    ContainerObservation(
                        name: $0.name, status: .stopped, exitCode: 137,
                        reason: "OutOfMemoryError: Container killed due to memory usage")
                }), now: now)
    }

    @Test(arguments: [1, 3]) func whatItCosts(containers: Int) throws {
        let rows = try (0..<Self.count).flatMap { number in
            let task = Self.record(number, containers: containers)
            return try [Change.launch(nil, task.launch), .task(nil, task)].compactMap { try $0.mutation() }.map {
                StoredRow(kind: $0.kind, key: $0.key, value: $0.value ?? Data())
            }
        }
        let before = Self.residentBytes()
        let clock = ContinuousClock()
        var tables = Tables()
        let elapsed = try clock.measure {
            let loading = StoreLoading()
            for row in rows { try loading.take(row) }
            tables.load(try loading.finish())
        }
        let bytes = (Self.residentBytes() - before) / Self.count
        let storedBytes = rows.reduce(0) { $0 + $1.value.count } / Self.count
        print(
            "\(Self.count) stopped tasks of \(containers) containers: \(bytes) bytes of memory and \(storedBytes) of store each, "
                + "read in \(elapsed)")
        let stoppedCount = tables.tasks.stopped.count
        #expect(stoppedCount == Self.count)
    }

    private static func residentBytes() -> Int {
        let statm = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        let pages = statm.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * 4096
    }
}
