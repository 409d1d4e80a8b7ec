import AWSModels
import AWSProtocol
import ControlPlaneAPI
import ControlPlaneState
import Foundation
import HTTPServer
import Testing

/// What an update would do, without doing it.
@Suite struct PlanServiceTests {
    private static func plan(
        _ services: RunningServices, _ body: String, _ service: String = "s", by caller: Caller = root
    ) async throws -> (status: Int, report: [String: Any]) {
        let request = Request(
            method: "GET", path: "/stevedore/v1/services/default/\(service)/plan", query: nil, version: "HTTP/1.1",
            headers: [:], body: Array(body.utf8), remoteAddress: "127.0.0.1")
        let route = services.plane.service.servicePlanRoute(services.controller)
        let response: Response
        do { response = try await route.respond(to: request, by: caller) } catch { response = .error(error) }
        guard case .bytes(let bytes) = response.body else { return (response.status, [:]) }
        return (response.status, try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] ?? [:])
    }

    private static let root = Caller(principal: .root, accessKeyID: nil, arn: "arn:aws:iam::123456789012:root")

    @Test func aRolloutIsToldStepByStepAndDoesNotHappen() async throws {
        let services = try await RunningServices.with()
        try await services.plane.createService(
            "s",
            [
                "desiredCount": 4,
                "deploymentConfiguration": ["minimumHealthyPercent": 50, "maximumPercent": 100],
            ])
        try await services.pass(10)
        let before = (services.tasks(), services.plane.store.commits.count)
        let (status, report) = try await Self.plan(services, #"{"taskDefinition":"web:2"}"#)
        #expect(status == 200)
        #expect(report.text("outcome") == "STEADY")
        #expect(report.text("serviceArn").hasSuffix(":service/default/s"))
        let steps = report["steps"] as? [[String: Any]] ?? []
        #expect(steps.count >= 2)
        let first = (steps.first?["actions"] as? [String] ?? []).joined(separator: "\n")
        #expect(first.contains("stop 2 tasks of deployment ecs-svc/"))
        #expect(first.contains("(2 stay healthy: 50% of 4)"))
        let last = steps.last?["counts"] as? [[String: Any]] ?? []
        #expect(last.count == 1 && last.first?.number("tasks") == 4 && last.first?.number("healthy") == 4)
        try await services.settle()
        #expect(services.tasks() == before.0)
        #expect(services.plane.store.commits.count == before.1)
        #expect(try await services.plane.describeService().list("deployments").count == 1)
    }

    @Test func whatCannotGoOnSaysSo() async throws {
        let services = try await RunningServices.with()
        try await services.plane.createService("s", ["desiredCount": 1])
        try await services.pass(10)
        let body = #"""
            {"taskDefinition":"web:2","deploymentConfiguration":{"minimumHealthyPercent":60,"maximumPercent":150}}
            """#
        let report = try await Self.plan(services, body).report
        #expect(report.text("outcome") == "STUCK")
        #expect(report.text("reason").contains("was unable to stop or start tasks during a deployment"))
    }

    @Test func withoutABodyItIsWhatIsAboutToHappen() async throws {
        let services = try await RunningServices.with()
        try await services.plane.createService("s", ["desiredCount": 2])
        let report = try await Self.plan(services, "").report
        let steps = report["steps"] as? [[String: Any]] ?? []
        #expect(
            (steps.first?["actions"] as? [String])?.first?.hasPrefix("start 2 tasks of deployment ecs-svc/") == true)
        #expect(services.tasks().isEmpty)
    }

    @Test func whatUpdateServiceRefusesIsRefused() async throws {
        let services = try await RunningServices.with()
        try await services.plane.createService()
        #expect(try await Self.plan(services, "{").status == 400)
        #expect(try await Self.plan(services, #"{"taskDefinition":"none:1"}"#).status == 400)
        #expect(try await Self.plan(services, #"{"loadBalancers":[{"containerName":"a"}]}"#).status == 400)
        let missing = try await Self.plan(services, "{}", "other")
        #expect(missing.status == 400)
        #expect(missing.report.text("__type") == "ServiceNotFoundException")
        let agent = Caller(
            principal: .agent(cluster: .default, containerInstance: nil), accessKeyID: nil, arn: "arn:agent")
        #expect(try await Self.plan(services, "{}", by: agent).status == 400)
    }
}
