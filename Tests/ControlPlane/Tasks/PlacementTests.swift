import AWSModels
import AWSProtocol
import ControlPlaneAPI
import ControlPlaneState
import Foundation
import HTTPServer
import Placement
import Testing

/// Placement through the API: constraints, spreads, capacity providers, and the dry run.
@Suite struct PlacementTests {
    private func register(
        _ plane: TestControlPlane, _ attributes: [String: String] = [:], cpu: Int = 1000
    ) async throws -> String {
        let answer = try await plane.call(
            "RegisterContainerInstance",
            [
                "totalResources": [
                    ["name": "CPU", "type": "INTEGER", "integerValue": cpu],
                    ["name": "MEMORY", "type": "INTEGER", "integerValue": 1000],
                ],
                "attributes": [
                    ["name": "com.amazonaws.ecs.capability.docker-remote-api.1.18"],
                    ["name": "com.amazonaws.ecs.capability.docker-remote-api.1.21"],
                ] + attributes.map { ["name": $0.key, "value": $0.value] },
            ])
        return answer.object("containerInstance").text("containerInstanceArn")
    }

    private func run(_ plane: TestControlPlane, _ options: [String: Any] = [:]) async throws -> [String: Any] {
        try await plane.call("RunTask", options.merging(["taskDefinition": "web"]) { $1 })
    }

    private func hosts(_ answer: [String: Any]) -> [String] {
        answer.list("tasks").map { $0.text("containerInstanceArn") }
    }

    @Test func constraintsOfDefinitionAndRequestBothBind() async throws {
        let plane = try TestControlPlane()
        _ = try await register(plane, ["stack": "prod"])
        let both = try await register(plane, ["stack": "prod", "disk": "ssd"])
        _ = try await register(plane, ["disk": "ssd"])
        try await plane.put(
            try taskDefinition(
                #"{"placementConstraints":[{"type":"memberOf","expression":"attribute:stack == prod"}]}"#))
        let constraints = [["type": "memberOf", "expression": "attribute:disk == ssd"]]
        let answer = try await run(plane, ["count": 3, "placementConstraints": constraints])
        #expect(Set(hosts(answer)) == [both])
        let distinct = try await run(plane, ["placementConstraints": constraints + [["type": "distinctInstance"]]])
        #expect(distinct.list("tasks").isEmpty)
        #expect(
            Set(distinct.list("failures").map { $0.text("reason") }) == [
                "MemberOf placement constraint unsatisfied.", "DistinctInstance placement constraint unsatisfied.",
            ])
    }

    @Test func aStoppingTaskMakesRoomForADistinctOne() async throws {
        let plane = try TestControlPlane()
        _ = try await register(plane)
        try await plane.put(try taskDefinition())
        let options: [String: Any] = ["placementConstraints": [["type": "distinctInstance"]]]
        let first = try await run(plane, options).list("tasks")[0].text("taskArn")
        #expect(try await run(plane, options).list("tasks").isEmpty)
        _ = try await plane.call("StopTask", ["task": first])
        #expect(try await run(plane, options).list("tasks").count == 1)
    }

    @Test func runningTasksCountIsKnown() async throws {
        let plane = try TestControlPlane()
        let instances = [try await register(plane), try await register(plane)]
        try await plane.put(try taskDefinition())
        let first = try await run(plane).list("tasks")[0]
        let options = ["placementConstraints": [["type": "memberOf", "expression": "runningTasksCount > 0"]]]
        #expect(try await run(plane, options).list("tasks").isEmpty)
        try await plane.change(first.text("taskArn")) { $0.lastStatus = .running }
        #expect(hosts(try await run(plane, options)) == [first.text("containerInstanceArn")])
        try await plane.change(first.text("taskArn")) { $0.lastStatus = .stopped }
        #expect(try await run(plane, options).list("tasks").isEmpty)
        #expect(instances.contains(first.text("containerInstanceArn")))
    }

    @Test func providersGetTheirShares() async throws {
        let plane = try TestControlPlane()
        var instances: [String: String] = [:]
        for name in ["one", "two"] {
            _ = try await plane.call(
                "CreateCapacityProvider",
                ["name": name, "autoScalingGroupProvider": ["autoScalingGroupArn": "group-\(name)"]])
            instances[name] = try await register(plane, ["stevedore.auto-scaling-group": "group-\(name)"])
        }
        _ = try await register(plane)
        _ = try await plane.call("CreateCluster", ["clusterName": "default"])
        _ = try await plane.call(
            "PutClusterCapacityProviders",
            [
                "cluster": "default", "capacityProviders": ["one", "two"],
                "defaultCapacityProviderStrategy": [
                    ["capacityProvider": "one", "weight": 1, "base": 2], ["capacityProvider": "two", "weight": 3],
                ],
            ])
        try await plane.put(try taskDefinition())
        let answer = try await run(plane, ["count": 10])
        let names = answer.list("tasks").map { $0.text("capacityProviderName") }
        #expect(names.filter { $0 == "one" }.count == 4 && names.filter { $0 == "two" }.count == 6)
        for task in answer.list("tasks") {
            #expect(task.text("containerInstanceArn") == instances[task.text("capacityProviderName")])
        }
        let described = try await plane.call(
            "DescribeContainerInstances", ["containerInstances": [instances["two"] ?? ""]])
        #expect(described.list("containerInstances")[0].text("capacityProviderName") == "two")
        _ = try await plane.call(
            "DeregisterContainerInstance", ["containerInstance": instances["two"] ?? "", "force": true])
        let refused = try await run(plane, ["capacityProviderStrategy": [["capacityProvider": "two", "weight": 1]]])
        #expect(refused.list("failures").map { $0.text("reason") } == ["EMPTY CAPACITY PROVIDER"])
    }

    @Test func theDryRunChangesNothing() async throws {
        let plane = try TestControlPlane()
        let large = try await register(plane, ["stack": "prod"])
        let small = try await register(plane, cpu: 5)
        try await plane.put(try taskDefinition())
        let commits = plane.store.commits.count
        let body = #"{"taskDefinition":"web","count":2,"placementStrategy":[{"type":"binpack","field":"cpu"}]}"#
        let report = try await explain(plane, body)
        let part = report.list("parts")[0]
        #expect(part.list("placed").map { $0.text("containerInstanceArn") } == [large, large])
        #expect(part.list("placed").compactMap { $0["remainingCPU"] as? Int } == [980, 980])
        #expect(part["fitting"] as? Int == 1 && part["active"] as? Int == 2)
        #expect(part.list("removed").map { $0.text("reason") } == ["RESOURCE:CPU"])
        #expect(part.list("nearest").map { $0.text("containerInstanceArn") } == [small])
        #expect(part.list("nearest")[0].text("detail") == "needs 10 CPU units; 5 of 5 are free")
        #expect(plane.store.commits.count == commits)
        #expect(try await run(plane, ["count": 10]).list("tasks").count == 10)
    }

    @Test func theDryRunSaysWhatIsWrongWithTheRequest() async throws {
        let plane = try TestControlPlane()
        let request = Request(
            method: "POST", path: ECSService.explainPath, query: nil, headers: [:], body: Array("{".utf8),
            remoteAddress: "127.0.0.1")
        let caller = Caller(principal: .root, accessKeyID: nil, arn: "arn")
        #expect(await plane.service.explainPlacement(request, caller).status == 400)
        let agent = Caller(principal: .agent(cluster: .default, containerInstance: nil), accessKeyID: nil, arn: "arn")
        let refusal = await #expect(throws: AWSError.self) {
            try await plane.service.explainRoute.respond(to: request, by: agent)
        }
        #expect(refusal?.code == "AccessDeniedException")
    }

    private func explain(_ plane: TestControlPlane, _ body: String) async throws -> [String: Any] {
        let request = Request(
            method: "POST", path: ECSService.explainPath, query: nil, headers: [:], body: Array(body.utf8),
            remoteAddress: "127.0.0.1")
        let response = await plane.service.explainPlacement(
            request, Caller(principal: .root, accessKeyID: nil, arn: "arn"))
        #expect(response.status == 200)
        guard case .bytes(let bytes) = response.body else { return [:] }
        return try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    }
}
