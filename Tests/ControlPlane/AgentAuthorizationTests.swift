import ControlPlaneAPI
import ControlPlaneState
import Foundation
import Testing

/// An agent's key is good for its own container instance and nothing else.
@Suite struct AgentAuthorizationTests {
    private func join(_ plane: TestControlPlane, _ id: String, cluster: ClusterName = .default) async throws -> Caller {
        let key = AccessKeyRecord(
            accessKeyID: id, secretAccessKey: "s", principal: .agent(cluster: cluster, containerInstance: nil),
            createdAt: TestControlPlane.start)
        try await plane.state.transact { tx in tx.put(key) }
        return try caller(plane, id)
    }

    /// As the authenticator makes it, from the key as it is now.
    private func caller(_ plane: TestControlPlane, _ id: String) throws -> Caller {
        let key = try #require(plane.state.peek { $0.access.key(id) })
        return Caller(principal: key.principal, accessKeyID: id, arn: "arn:agent/\(id)")
    }

    @Test(arguments: ["RunTask", "StopTask", "ListTasks", "DescribeTasks", "CreateCluster", "RegisterTaskDefinition"])
    func mayNotCall(operation: String) async throws {
        let plane = try TestControlPlane()
        let agent = try await join(plane, "A")
        #expect(try await plane.failure(operation, [:], as: agent).code == "AccessDeniedException")
    }

    @Test func registersOnceAndStaysThatInstance() async throws {
        let plane = try TestControlPlane()
        let first = try await plane.registerInstance(as: try await join(plane, "A"))
        let again = try await plane.registerInstance(cpu: 4096, as: try caller(plane, "A"))
        #expect(first == again)
    }

    @Test func cannotSpeakForAnother() async throws {
        let plane = try TestControlPlane()
        let own = try await plane.registerInstance(as: try await join(plane, "A"))
        let other = try await plane.registerInstance(as: try await join(plane, "B"))
        #expect(own != other)
        let agent = try caller(plane, "A")
        try await plane.registerTaskDefinition()
        let run = try await plane.call("StartTask", ["taskDefinition": "web", "containerInstances": [other]])
        let task = run.list("tasks")[0].text("taskArn")
        let attempts: [(String, [String: Any])] = [
            ("SubmitTaskStateChange", ["task": task, "status": "STOPPED"]),
            ("SubmitContainerStateChange", ["task": task, "containerName": "app", "status": "STOPPED"]),
            ("DeregisterContainerInstance", ["containerInstance": other, "force": true]),
        ]
        for (operation, input) in attempts {
            #expect(try await plane.failure(operation, input, as: agent).code == "AccessDeniedException")
        }
        let register: [String: Any] = [
            "containerInstanceArn": other,
            "totalResources": [
                ["name": "CPU", "type": "INTEGER", "integerValue": 1],
                ["name": "MEMORY", "type": "INTEGER", "integerValue": 1],
            ],
        ]
        #expect(
            try await plane.failure("RegisterContainerInstance", register, as: agent).code == "AccessDeniedException")
    }

    @Test func joinsOnlyItsOwnCluster() async throws {
        let plane = try TestControlPlane()
        _ = try await plane.call("CreateCluster", ["clusterName": "blue"])
        let agent = try await join(plane, "A", cluster: ClusterName("blue"))
        let input: [String: Any] = [
            "totalResources": [
                ["name": "CPU", "type": "INTEGER", "integerValue": 1],
                ["name": "MEMORY", "type": "INTEGER", "integerValue": 1],
            ]
        ]
        #expect(try await plane.failure("RegisterContainerInstance", input, as: agent).code == "AccessDeniedException")
    }

    @Test func deregisteringRevokesTheKey() async throws {
        let plane = try TestControlPlane()
        let instance = try await plane.registerInstance(as: try await join(plane, "A"))
        _ = try await plane.call("DeregisterContainerInstance", ["containerInstance": instance])
        #expect(plane.state.peek { $0.access.key("A") == nil })
    }
}
