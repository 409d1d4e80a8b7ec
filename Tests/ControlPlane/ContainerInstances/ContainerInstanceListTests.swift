import AWSModels
import ControlPlaneState
import Foundation
import Testing

@Suite struct ContainerInstanceListTests {
    private func list(_ plane: TestControlPlane, _ input: [String: Any] = [:]) async throws -> [String] {
        try await plane.call("ListContainerInstances", input)["containerInstanceArns"] as? [String] ?? []
    }

    @Test func aFilterSelects() async throws {
        let plane = try TestControlPlane()
        let small = try await plane.registered(attributes: ["ecs.instance-type": "t2.small", "stack": "prod"])
        let large = try await plane.registered(attributes: ["ecs.instance-type": "g2.large"])
        try await plane.registerTaskDefinition("web")
        _ = try await plane.call(
            "StartTask", ["taskDefinition": "web", "containerInstances": [large], "group": "database"])
        let cases: [(String, [String])] = [
            ("attribute:ecs.instance-type =~ t2.*", [small]), ("attribute:stack !exists", [large]),
            ("task:group == database", [large]), ("not(task:group == database)", [small]),
            ("runningTasksCount == 0", [small, large]), ("agentConnected == true", [small, large]),
            ("registeredAt > 2020-01-01 and attribute:stack exists", [small]), ("agentVersion >= 1", []),
            ("ec2InstanceId == i-1", []), ("", [small, large]),
        ]
        for (filter, expected) in cases {
            #expect(try await list(plane, ["filter": filter]) == expected, "\(filter)")
        }
    }

    @Test func aFilterGoesWithAStatus() async throws {
        let plane = try TestControlPlane()
        let prod = try await plane.registered(attributes: ["stack": "prod"])
        let drained = try await plane.registered(attributes: ["stack": "prod"])
        let gone = try await plane.registered(attributes: ["stack": "prod"])
        let other = try await plane.registered()
        _ = try await plane.call(
            "UpdateContainerInstancesState", ["containerInstances": [drained], "status": "DRAINING"])
        _ = try await plane.call("DeregisterContainerInstance", ["containerInstance": gone])
        #expect(try await list(plane) == [prod, drained, other])
        #expect(try await list(plane, ["status": "ACTIVE"]) == [prod, other])
        #expect(try await list(plane, ["status": "DRAINING"]) == [drained])
        #expect(try await list(plane, ["filter": "attribute:stack == prod"]) == [prod, drained])
        #expect(try await list(plane, ["filter": "attribute:stack == prod", "status": "DRAINING"]) == [drained])
        for status in ["REGISTERING", "DEREGISTERING", "REGISTRATION_FAILED"] {
            #expect(try await list(plane, ["status": status]) == [])
        }
        #expect(
            try await plane.failure("ListContainerInstances", ["status": "INACTIVE"]).code
                == "InvalidParameterException")
    }

    @Test func aWrongFilterIsPointedAt() async throws {
        let plane = try TestControlPlane()
        _ = try await plane.registered()
        let failure = try await plane.failure("ListContainerInstances", ["filter": "attribute:stack = prod"])
        #expect(failure.code == "InvalidParameterException")
        #expect(
            failure.message.hasPrefix(
                "Invalid expression \"attribute:stack = prod\" at column 17: expected an operator"))
        #expect(failure.message.hasSuffix("found \"=\"."))
        let long = try await plane.failure(
            "ListContainerInstances", ["filter": String(repeating: "x", count: 2001)])
        #expect(long.message.contains("at most 2000 characters"))
    }

    /// One rare match among many hosts: no call looks at more than its share, and the walk finds it all the same.
    @Test func aCallLooksAtABoundedNumberOfHosts() async throws {
        let plane = try TestControlPlane()
        try await plane.put(hosts: 2500) { number, record in
            if number == 2499 || number == 999 { record.attributes = [ECS.Attribute(name: "rare")] }
            if number == 1700 { record.status = .draining }
        }
        for (input, expected) in [
            (["filter": "attribute:rare exists"], [1, 0, 1]), (["status": "DRAINING"], [0, 1, 0]),
            (["filter": "attribute:rare exists and not attribute:rare exists"], [0, 0, 0]),
        ] as [([String: Any], [Int])] {
            var counts: [Int] = []
            var token: String?
            repeat {
                var input = input
                input["nextToken"] = token
                let page = try await plane.call("ListContainerInstances", input)
                counts.append((page["containerInstanceArns"] as? [String])?.count ?? -1)
                token = page["nextToken"] as? String
            } while token != nil
            #expect(counts == expected)
        }
    }

    /// A filter that is slow for every host ends a page early, after the host it was at.
    @Test func aCallDoesABoundedAmountOfWork() async throws {
        let plane = try TestControlPlane()
        let value = String(repeating: "a", count: 128)
        try await plane.put(hosts: 40) { _, record in record.attributes = [ECS.Attribute(name: "a", value: value)] }
        let filter = "attribute:a =~ '(a?){500}(a?){500}b'"
        let page = try await plane.call("ListContainerInstances", ["filter": filter])
        #expect((page["containerInstanceArns"] as? [String]) == [])
        #expect(page["nextToken"] as? String != nil)
    }

    /// Tasks in many groups times a slow pattern: refused, and not a control plane that stands still.
    @Test func aFilterThatIsTooDearIsRefused() async throws {
        let plane = try TestControlPlane()
        let arn = try await plane.registered()
        try await plane.registerTaskDefinition("web", cpu: 0, memory: 6)
        for number in 0..<8 {
            let group = String(repeating: "a", count: 240) + "\(number)"
            let input: [String: Any] = ["taskDefinition": "web", "containerInstances": [arn], "group": group]
            #expect(try await plane.call("StartTask", input).list("tasks").count == 1)
        }
        let failure = try await plane.failure(
            "ListContainerInstances", ["filter": "task:group =~ '(a?){500}(a?){500}b'"])
        #expect(failure.code == "InvalidParameterException")
        #expect(failure.message.contains("use simpler patterns"))
        #expect(try await list(plane, ["filter": "task:group =~ a+7"]) == [arn])
    }

    @Test func pagesAreFullWhereAllAreWanted() async throws {
        let plane = try TestControlPlane()
        try await plane.put(hosts: 25) { _, record in record.attributes = [ECS.Attribute(name: "a")] }
        var sizes: [Int] = []
        var token: String?
        var seen: [String] = []
        repeat {
            var input: [String: Any] = ["maxResults": 10, "filter": "attribute:a exists"]
            input["nextToken"] = token
            let page = try await plane.call("ListContainerInstances", input)
            let arns = page["containerInstanceArns"] as? [String] ?? []
            seen += arns
            sizes.append(arns.count)
            token = page["nextToken"] as? String
        } while token != nil
        #expect(sizes == [10, 10, 5])
        #expect(Set(seen).count == 25)
    }
}
