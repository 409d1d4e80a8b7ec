import ControlPlaneState
import Foundation
import Support

@testable import ControlPlaneAPI

extension TestControlPlane {
    static let prefix = "arn:aws:ecs:us-east-1:123456789012:"

    /// A control plane with a host in the cluster `default` and two revisions of the family `web`.
    static func withDefinitions(
        store: FakeStore = FakeStore(), seed: UInt64 = 1
    ) async throws -> TestControlPlane {
        let plane = try TestControlPlane(store: store, seed: seed)
        try await plane.registerInstance(cpu: 1_000_000, memory: 1_000_000)
        for _ in 0..<2 { try await plane.registerTaskDefinition(cpu: 1, memory: 6) }
        return plane
    }

    @discardableResult
    func createService(_ name: String = "s", _ options: [String: Any] = [:]) async throws -> [String: Any] {
        var input: [String: Any] = ["serviceName": name, "taskDefinition": "web:1", "desiredCount": 2]
        if options["schedulingStrategy"] as? String == "DAEMON" { input["desiredCount"] = nil }
        if options["deploymentController"] != nil { input["taskDefinition"] = nil }
        input.merge(options) { $1 }
        return try await call("CreateService", input).object("service")
    }

    @discardableResult
    func updateService(_ name: String = "s", _ options: [String: Any]) async throws -> [String: Any] {
        try await call("UpdateService", options.merging(["service": name]) { $1 }).object("service")
    }

    func describeService(_ name: String = "s") async throws -> [String: Any] {
        try await call("DescribeServices", ["services": [name], "include": ["TAGS"]]).list("services").first ?? [:]
    }

    /// Service deployments of the service as ListServiceDeployments has them.
    func serviceDeployments(_ name: String = "s", _ options: [String: Any] = [:]) async throws -> [[String: Any]] {
        try await call("ListServiceDeployments", options.merging(["service": name]) { $1 }).list("serviceDeployments")
    }

    func describeServiceDeployment(_ arn: String) async throws -> [String: Any] {
        try await call("DescribeServiceDeployments", ["serviceDeploymentArns": [arn]]).list("serviceDeployments").first
            ?? [:]
    }

    /// Starts a task as the scheduler would.
    @discardableResult
    func startTask(of deployment: String, service: String = "s", status: String? = nil) async throws -> String {
        let arn = try await runTask("web", ["startedBy": deployment])
        try await change(arn) { $0.group = "service:\(service)" }
        if let status { _ = try await call("SubmitTaskStateChange", ["task": arn, "status": status]) }
        return arn
    }

    /// The PRIMARY deployment of the service has brought it to a steady state.
    func complete(_ name: String = "s") async throws {
        let now = clock.now
        try await state.transact { tx in
            guard let primary = tx.deployments.primary(of: ServiceID(cluster: .default, name: name)) else { return }
            tx.completeDeployment(primary.id, now: now)
        }
    }
}

extension [String: Any] {
    func number(_ name: String) -> Int? { self[name] as? Int }
}
