import ControlPlaneAPI
import Foundation
import Testing

@testable import ControlPlaneState

@Suite struct ServiceDeploymentTests {
    private static let id = ServiceID(cluster: .default, name: "s")

    /// A service whose first deployment is COMPLETED and whose second is under way.
    private func updated(circuitBreaker: Bool = false) async throws -> TestControlPlane {
        let plane = try await TestControlPlane.withDefinitions()
        try await plane.createService(
            "s",
            [
                "deploymentConfiguration": [
                    "deploymentCircuitBreaker": ["enable": circuitBreaker, "rollback": circuitBreaker]
                ]
            ])
        try await plane.complete()
        plane.clock.advance(by: 1)
        try await plane.updateService("s", ["taskDefinition": "web:2"])
        plane.clock.advance(by: 1)
        return plane
    }

    @Test func aCompletedDeploymentIsSuccessful() async throws {
        let plane = try await TestControlPlane.withDefinitions()
        let id = try await plane.createService().list("deployments")[0].text("id")
        for _ in 0..<2 { try await plane.startTask(of: id, status: "RUNNING") }
        plane.clock.advance(by: 5)
        try await plane.complete()
        let service = try await plane.describeService()
        #expect(service["currentServiceDeployment"] == nil)
        #expect(service.list("deployments")[0].text("rolloutState") == "COMPLETED")
        #expect(service.list("deployments")[0].text("rolloutStateReason") == "ECS deployment \(id) completed.")
        let brief = try await plane.serviceDeployments()[0]
        #expect(
            Set(brief.keys) == [
                "clusterArn", "createdAt", "finishedAt", "serviceArn", "serviceDeploymentArn", "startedAt", "status",
                "targetServiceRevisionArn",
            ])
        #expect(brief.text("status") == "SUCCESSFUL")
        let deployment = try await plane.describeServiceDeployment(brief.text("serviceDeploymentArn"))
        #expect(deployment.list("sourceServiceRevisions").isEmpty)
        #expect(deployment.object("targetServiceRevision").number("runningTaskCount") == 2)
        #expect(deployment.object("deploymentCircuitBreaker").text("status") == "DISABLED")
        #expect(deployment.object("alarms").text("status") == "DISABLED")
        #expect(deployment["rollback"] == nil)
        #expect(
            brief.text("serviceDeploymentArn").range(
                of: "service-deployment/default/s/[A-Za-z0-9_-]{21}$", options: .regularExpression) != nil)
    }

    @Test func revisionsNeverChange() async throws {
        let plane = try await updated()
        let arns = try await plane.serviceDeployments().map { $0.text("targetServiceRevisionArn") }
        let describe = { try await plane.call("DescribeServiceRevisions", ["serviceRevisionArns": arns]) }
        let before = try await describe().list("serviceRevisions")
        #expect(before.map { $0.text("taskDefinition").suffix(5) } == ["web:2", "web:1"])
        #expect(before[0].list("containerImages").map { $0.text("image") } == ["busybox"])
        #expect(before[0].text("launchType") == "EC2")
        try await plane.updateService("s", ["forceNewDeployment": true, "desiredCount": 9])
        #expect(try await describe().list("serviceRevisions") as NSArray == before as NSArray)
    }

    @Test func theDigestsOfImagesAreThoseThatRun() async throws {
        let plane = try await TestControlPlane.withDefinitions()
        let service = try await plane.createService()
        let task = try await plane.startTask(of: service.list("deployments")[0].text("id"))
        let digest = "sha256:" + String(repeating: "0af9", count: 16)
        _ = try await plane.call(
            "SubmitTaskStateChange",
            ["task": task, "status": "RUNNING", "containers": [["containerName": "app", "imageDigest": digest]]])
        let arn = service.list("currentServiceRevisions")[0].text("arn")
        let revision = try await plane.call("DescribeServiceRevisions", ["serviceRevisionArns": [arn]])
        #expect(revision.list("serviceRevisions")[0].list("containerImages")[0].text("imageDigest") == digest)
    }

    @Test func listsTheNewestFirstAndByStatusAndDate() async throws {
        let plane = try await TestControlPlane.withDefinitions()
        try await plane.createService()
        for _ in 0..<4 {
            plane.clock.advance(by: 10)
            try await plane.updateService("s", ["forceNewDeployment": true])
        }
        let all = try await plane.serviceDeployments().map { $0.text("serviceDeploymentArn") }
        #expect(all.count == 5)
        var paged: [String] = []
        var input: [String: Any] = ["service": "s", "maxResults": 2]
        repeat {
            let page = try await plane.call("ListServiceDeployments", input)
            paged += page.list("serviceDeployments").map { $0.text("serviceDeploymentArn") }
            input["nextToken"] = page["nextToken"]
        } while input["nextToken"] != nil
        #expect(paged == all)
        let going = try await plane.serviceDeployments("s", ["status": ["IN_PROGRESS", "SUCCESSFUL"]])
        #expect(going.map { $0.text("serviceDeploymentArn") } == [all[0]])
        let start = TestControlPlane.start.timeIntervalSince1970
        let middle = try await plane.serviceDeployments("s", ["createdAt": ["after": start + 5, "before": start + 25]])
        #expect(middle.map { $0.text("serviceDeploymentArn") } == [all[3], all[2]].reversed())
        #expect(try await plane.failure("ListServiceDeployments", ["service": "no"]).code == "ServiceNotFoundException")
    }

    @Test func whatIsNotThereIsMissing() async throws {
        let plane = try await updated()
        let arns = [
            TestControlPlane.prefix + "service-deployment/default/s/EZe5RNVLH6PPzHXINuP28",
            TestControlPlane.prefix + "service-deployment/default/nope/EZe5RNVLH6PPzHXINuP28",
        ]
        let described = try await plane.call("DescribeServiceDeployments", ["serviceDeploymentArns": arns])
        #expect(described.list("failures").map { $0.text("arn") } == arns)
        let revision = TestControlPlane.prefix + "service-revision/default/s/9313423515462893900"
        let revisions = try await plane.call("DescribeServiceRevisions", ["serviceRevisionArns": [revision]])
        #expect(revisions.list("failures").map { $0.text("reason") } == ["MISSING"])
        for (operation, member) in [
            ("DescribeServiceDeployments", "serviceDeploymentArns"),
            ("DescribeServiceRevisions", "serviceRevisionArns"),
        ] {
            for bad in [
                [], ["s"], [TestControlPlane.prefix + "service/default/s"], (0..<21).map { "\(revision)\($0)" },
            ] {
                #expect(try await plane.failure(operation, [member: bad]).code == "InvalidParameterException")
            }
        }
    }

    // MARK: Stopping

    private func stop(_ plane: TestControlPlane, _ type: String? = nil) async throws -> [String: Any] {
        let arn = try await plane.describeService().text("currentServiceDeployment")
        var input = ["serviceDeploymentArn": arn]
        input["stopType"] = type
        return try await plane.call("StopServiceDeployment", input)
    }

    @Test func aRollbackGoesBackToWhatWasCompleted() async throws {
        let plane = try await updated(circuitBreaker: true)
        let before = try await plane.describeService()
        let completed = before.list("deployments")[1].text("id")
        let arn = before.text("currentServiceDeployment")
        #expect(try await stop(plane).text("serviceDeploymentArn") == arn)
        let after = try await plane.describeService()
        let deployments = after.list("deployments")
        #expect(deployments.map { $0.text("status") } == ["PRIMARY", "ACTIVE"])
        #expect(deployments.map { $0.text("id") } == before.list("deployments").reversed().map { $0.text("id") })
        #expect(deployments[0].text("taskDefinition").hasSuffix("web:1"))
        #expect(deployments[0].text("rolloutState") == "IN_PROGRESS")
        #expect(deployments[1].text("rolloutState") == "FAILED")
        #expect(deployments[1].text("rolloutStateReason").hasSuffix("rolling back to deploymentId \(completed)."))
        #expect(after.text("taskDefinition").hasSuffix("web:1"))
        #expect(after.text("currentServiceDeployment") == arn)
        #expect(
            after.list("events")[0].text("message") == "(service s) rolling back to deployment \(completed).")
        #expect(after.list("currentServiceRevisions").count == 2)
        var deployment = try await plane.describeServiceDeployment(arn)
        #expect(deployment.text("status") == "ROLLBACK_IN_PROGRESS")
        #expect(
            deployment.object("rollback").text("serviceRevisionArn")
                == after.list("currentServiceRevisions")[0].text("arn"))
        #expect(
            deployment.object("targetServiceRevision").text("arn")
                != deployment.object("rollback").text("serviceRevisionArn"))
        let events = after.list("events").count
        #expect(try await stop(plane).text("serviceDeploymentArn") == arn, "it goes on")
        #expect(try await plane.describeServiceDeployment(arn).text("status") == "ROLLBACK_IN_PROGRESS")
        #expect(try await plane.describeService().list("events").count == events)
        try await plane.complete()
        deployment = try await plane.describeServiceDeployment(arn)
        #expect(deployment.text("status") == "ROLLBACK_SUCCESSFUL")
        #expect(deployment["finishedAt"] != nil)
    }

    @Test func anAbortLeavesThingsAsTheyAre() async throws {
        let plane = try await updated()
        let before = try await plane.describeService()
        _ = try await stop(plane, "ABORT")
        let after = try await plane.describeService()
        #expect(after.list("deployments").map { $0.text("id") } == before.list("deployments").map { $0.text("id") })
        #expect(after.list("deployments")[0].text("rolloutState") == "FAILED")
        #expect(after.text("taskDefinition").hasSuffix("web:2"))
        #expect(after["currentServiceDeployment"] == nil)
        #expect(try await plane.serviceDeployments()[0].text("status") == "STOPPED")
    }

    @Test func anAbortedRollbackHasFailed() async throws {
        let plane = try await updated()
        _ = try await stop(plane, "ROLLBACK")
        _ = try await stop(plane, "ABORT")
        #expect(try await plane.serviceDeployments()[0].text("status") == "ROLLBACK_FAILED")
        let after = try await plane.updateService("s", ["taskDefinition": "web:2"])
        #expect(after.list("deployments")[0].text("rolloutState") == "IN_PROGRESS", "the next one starts afresh")
    }

    @Test func whatCannotBeStopped() async throws {
        let plane = try await TestControlPlane.withDefinitions()
        let arn = try await plane.createService().text("currentServiceDeployment")
        let first = try await plane.failure("StopServiceDeployment", ["serviceDeploymentArn": arn])
        #expect(first.code == "InvalidParameterException")
        #expect(first.message.contains("no earlier deployment of the service was completed"))
        try await plane.complete()
        for type in ["ABORT", "ROLLBACK"] {
            let done = try await plane.failure(
                "StopServiceDeployment", ["serviceDeploymentArn": arn, "stopType": type])
            #expect(done.code == "ConflictException")
            #expect(done.message.contains("SUCCESSFUL"))
        }
        let unknown = TestControlPlane.prefix + "service-deployment/default/s/EZe5RNVLH6PPzHXINuP28"
        let missing = try await plane.failure("StopServiceDeployment", ["serviceDeploymentArn": unknown])
        #expect(missing.code == "ServiceDeploymentNotFoundException")
        let bad = try await plane.failure("StopServiceDeployment", ["serviceDeploymentArn": "s"])
        #expect(bad.code == "InvalidParameterException")
    }

    @Test func aRollbackIsNotRolledBack() async throws {
        let plane = try await updated()
        _ = try await stop(plane)
        let now = plane.clock.now
        let (isRollback, again) = try await plane.state.transact { tx in
            guard let primary = tx.deployments.primary(of: Self.id) else { return (false, true) }
            let again = tx.rollBackDeployment(
                primary.id, failure: "f", reason: "r", random: plane.context.random, now: now)
            return (tx.isRollback(primary), again != nil)
        }
        #expect(isRollback)
        #expect(!again)
        #expect(try await plane.describeService().list("deployments").count == 2)
    }

    @Test func theCircuitBreakersWordIsKept() async throws {
        let plane = try await updated(circuitBreaker: true)
        let now = plane.clock.now
        try await plane.state.transact { tx in
            guard var primary = tx.deployments.primary(of: Self.id) else { return }
            primary.scheduling.circuitBreaker.failureCount = 3
            primary.scheduling.circuitBreaker.status = .triggered
            tx.put(primary)
            tx.rollBackDeployment(
                primary.id, failure: "ECS deployment circuit breaker", reason: "tasks failed to start.",
                random: plane.context.random, now: now)
        }
        let arn = try await plane.describeService().text("currentServiceDeployment")
        let deployment = try await plane.describeServiceDeployment(arn)
        #expect(
            deployment.object("deploymentCircuitBreaker") as NSDictionary == [
                "status": "TRIGGERED", "failureCount": 3, "threshold": 3,
            ])
        #expect(deployment.text("statusReason") == "tasks failed to start.")
        let failed = try await plane.describeService().list("deployments")[1]
        #expect(failed.number("failedTasks") == 3)
        #expect(
            failed.text("rolloutStateReason").hasPrefix("ECS deployment circuit breaker: rolling back to deploymentId"))
    }
}
