import AWSModels
import ControlPlaneState
import Foundation
import Placement
import Testing

/// What the store holds of tasks: each as itself, and what they share with others once.
@Suite struct TaskStorageTests {
    private static var container: [String: Any] {
        [
            "name": "app", "image": "busybox", "memory": 64,
            "portMappings": [["containerPort": 80], ["containerPort": 53, "protocol": "udp"]],
        ]
    }

    private static var request: [String: Any] {
        [
            "taskDefinition": "web", "count": 3, "startedBy": "me \"and\" you", "group": "g",
            "tags": [["key": "team", "value": "a/b"]],
            "overrides": [
                "taskRoleArn": "arn:aws:iam::123456789012:role/r", "cpu": "10",
                "containerOverrides": [["name": "app", "environment": [["name": "E", "value": "é\u{1}\n"]]]],
            ],
        ]
    }

    private static func started(_ store: FakeStore = FakeStore()) async throws -> TestControlPlane {
        let plane = try TestControlPlane(store: store, roles: AnyRole())
        let attributes = (17...44).map { "com.amazonaws.ecs.capability.docker-remote-api.1.\($0)" }
        try await plane.registerInstance(
            attributes: attributes + [
                "ecs.capability.container-ordering", "com.amazonaws.ecs.capability.task-iam-role",
            ])
        _ = try await plane.call("RegisterTaskDefinition", ["family": "web", "containerDefinitions": [container]])
        return plane
    }

    private struct AnyRole: RoleCredentialsProvider {
        func credentials(ofRole role: String, at now: Date) -> RoleCredentials? {
            RoleCredentials(accessKeyID: "a", secretAccessKey: "s")
        }
    }

    private func run(_ plane: TestControlPlane) async throws -> [String] {
        let output = try await plane.call("RunTask", Self.request)
        let arns = (output["tasks"] as? [[String: Any]] ?? []).compactMap { $0["taskArn"] as? String }
        #expect(arns.count == 3)
        return arns
    }

    private func described(_ plane: TestControlPlane, _ arns: [String]) async throws -> NSDictionary {
        try await plane.call("DescribeTasks", ["tasks": arns, "include": ["TAGS"]]) as NSDictionary
    }

    private func rows(_ store: FakeStore, _ kind: String) -> Int {
        var count = 0
        _ = try? store.load { if $0.kind == kind { count += 1 } }
        return count
    }

    /// Whatever a task went through, it is the same after a restart.
    @Test func tasksAreTheSameAfterARestart() async throws {
        let plane = try await Self.started()
        let arns = try await run(plane)
        _ = try await plane.call(
            "SubmitTaskStateChange",
            [
                "task": arns[0], "status": "RUNNING", "pullStartedAt": 1_800_000_001.5,
                "containers": [
                    [
                        "containerName": "app", "status": "RUNNING", "runtimeId": String(repeating: "0af9", count: 16),
                        "imageDigest": "sha256:" + String(repeating: "0af9", count: 16),
                        "networkBindings": [["containerPort": 80, "hostPort": 32_768, "bindIP": "0.0.0.0"]],
                    ]
                ],
            ])
        _ = try await plane.call(
            "SubmitTaskStateChange",
            [
                "task": arns[1], "status": "STOPPED", "reason": "a \\ b",
                "containers": [["containerName": "app", "status": "STOPPED", "exitCode": 137, "reason": "r"]],
            ])
        _ = try await plane.call("TagResource", ["resourceArn": arns[2], "tags": [["key": "own", "value": "1"]]])
        _ = try await plane.call("StopTask", ["task": arns[2], "reason": "why"])
        let before = try await described(plane, arns)
        let again = try TestControlPlane(store: plane.store)
        #expect(try await described(again, arns) == before)
        let records = plane.state.peek { tables in arns.map { tables.tasks[TaskID($0.suffix(32))!] } }
        #expect(again.state.peek { tables in arns.map { tables.tasks[TaskID($0.suffix(32))!] } } == records)
        for id in records.compactMap({ $0?.containerInstance }) {
            let roles = plane.state.peek { $0.tasksWithRole(on: id).count }
            #expect(roles == 2)
            #expect(again.state.peek { $0.tasksWithRole(on: id).count } == roles)
        }
    }

    /// What the tasks of a request share is one record, and goes with the last of them.
    @Test func launchesAreSharedAndGo() async throws {
        let plane = try await Self.started()
        let arns = try await run(plane)
        #expect(rows(plane.store, "launch") == 1)
        #expect(rows(plane.store, "task") == 3)
        // A task with tags of its own shares no more.
        _ = try await plane.call("TagResource", ["resourceArn": arns[0], "tags": [["key": "own", "value": "1"]]])
        #expect(rows(plane.store, "launch") == 2)
        _ = try await plane.call("TagResource", ["resourceArn": arns[0], "tags": [["key": "own", "value": "2"]]])
        #expect(rows(plane.store, "launch") == 2)
        let tags = try await plane.call("ListTagsForResource", ["resourceArn": arns[1]])["tags"] as? [[String: String]]
        #expect(tags?.map { $0["key"] } == ["team"])
        for (index, arn) in arns.enumerated() {
            try await plane.state.transact { $0.removeTask(TaskID(arn.suffix(32))!) }
            #expect(rows(plane.store, "launch") == (index < 2 ? 1 : 0))
        }
        #expect(rows(plane.store, "task") == 0)
    }

    /// A transaction that fails leaves no launch behind.
    @Test func failedTransactionsLeaveNothing() async throws {
        struct No: Error {}
        let plane = try await Self.started()
        let arns = try await run(plane)
        let id = try #require(TaskID(arns[0].suffix(32)))
        await #expect(throws: (any Error).self) {
            try await plane.state.transact { tx throws(No) in
                var task = tx.tasks[id]!
                task.tags = []
                tx.put(task)
                tx.removeTask(id)
                throw No()
            }
        }
        for arn in arns { try await plane.state.transact { $0.removeTask(TaskID(arn.suffix(32))!) } }
        #expect(rows(plane.store, "launch") == 0)
        #expect(try TestControlPlane(store: plane.store).state.peek { $0.tasks.count } == 0)
    }

    /// Records of the first version hold everything in each; they are read, and written anew.
    @Test func firstVersionIsMigrated() async throws {
        let plane = try await Self.started()
        let instance = try #require(plane.state.peek { $0.containerInstances.connectedIDs.first })
        let old = """
            {"record":{"id":"000102030405060708090a0b0c0d0e0f","cluster":"default","sequence":900,
            "taskDefinition":{"family":"web","revision":1},"containerInstance":"\(instance.rawValue)",
            "desiredStatus":"RUNNING","lastStatus":"RUNNING","group":"family:web","launchType":"EC2","overrides":
            {"containerOverrides":[{"name":"app","command":["x"]}]},"containers":[{"id":"c","name":"app","image":"busybox",
            "isEssential":true,"lastStatus":"RUNNING","runtimeID":"abc","networkBindings":[],"portAssignments":[],
            "cpu":"0","memory":"64"}],"reservation":{"cpuUnits":7,"memoryMiB":64,"staticPorts":[],"dynamicPorts":[]},
            "createdAt":1800000000.25,"startedAt":1800000001,"tags":[{"key":"k","value":"v"}],"version":3},"v":1}
            """
        try plane.store.commit(
            [StoreMutation(kind: "task", key: "000102030405060708090a0b0c0d0e0f", value: Data(old.utf8))], revision: 99)
        let arn = "arn:aws:ecs:us-east-1:123456789012:task/default/000102030405060708090a0b0c0d0e0f"
        let first = try TestControlPlane(store: plane.store)
        let before = try await described(first, [arn])
        let task = try #require((before["tasks"] as? [[String: Any]])?.first)
        #expect(task["createdAt"] as? Double == 1_800_000_000.25)
        #expect(task["version"] as? Int == 3)
        #expect(rows(plane.store, "task") == 1)
        #expect(rows(plane.store, "launch") == 1)
        _ = try plane.store.load { row in
            if row.kind == "task" { #expect(String(decoding: row.value, as: UTF8.self).hasPrefix(#"{"v":2"#)) }
        }
        let second = try TestControlPlane(store: plane.store)
        #expect(try await described(second, [arn]) == before)
    }

    @Test func newerVersionsAreRefused() throws {
        for (kind, key) in [("task", "000000000001"), ("launch", "000000000001")] {
            let store = FakeStore()
            try store.commit(
                [StoreMutation(kind: kind, key: key, value: Data(#"{"v":9,"record":{}}"#.utf8))], revision: 1)
            #expect(throws: StoreError.self) { try TestControlPlane(store: store) }
        }
    }

    @Test(arguments: [
        "", "a", "0123456789abcdef", "12345678-1234-4234-8234-123456789abc", "12345678-1234-4234-8234-123456789ABC",
        "12345678-1234-4234-8234_123456789abc", String(repeating: "0a", count: 32), String(repeating: "0A", count: 32),
        "sha256:" + String(repeating: "f0", count: 32), "sha512:" + String(repeating: "f0", count: 32),
        String(repeating: "é", count: 32),
    ]) func compactTextsAreTheSame(text: String) {
        #expect(CompactText(text).string == text)
        #expect(CompactText(nil).string == nil)
        #expect(CompactText(text) != CompactText(text + "a"))
    }
}
