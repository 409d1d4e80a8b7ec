import Controllers
import Foundation
import Support
import Testing

@testable import ControlPlaneState

/// What is shown of services as they live and end: counts, lists, waiters, and what is left of them.
@Suite struct ServiceLifeTests {
    // MARK: Describe

    @Test func describesInTheOrderAskedAndOnce() async throws {
        let plane = try await TestControlPlane.withDefinitions()
        for name in ["a", "b"] { try await plane.createService(name) }
        let arn = TestControlPlane.prefix + "service/default/"
        let output = try await plane.call("DescribeServices", ["services": ["b", "nope", arn + "a", "b"]])
        #expect(output.list("services").map { $0.text("serviceName") } == ["b", "a"])
        #expect(output.list("failures").map { $0.text("arn") } == [arn + "nope"])
        #expect(output.list("failures").map { $0.text("reason") } == ["MISSING"])
        let legacy = try await plane.call("DescribeServices", ["services": [TestControlPlane.prefix + "service/a"]])
        #expect(legacy.list("services").count == 1)
    }

    @Test(arguments: [
        (#"{"services":[]}"#, "InvalidParameterException", "Services cannot be empty."),
        (#"{"services":["1","2","3","4","5","6","7","8","9","10","11"]}"#, "InvalidParameterException", "at most 10"),
        (#"{"services":["s"],"cluster":"nope"}"#, "ClusterNotFoundException", "Cluster not found."),
        (
            #"{"services":["arn:aws:ecs:us-east-1:123456789012:service/other/s"]}"#, "InvalidParameterException",
            "is not in the cluster default."
        ),
        (
            #"{"services":["arn:aws:ecs:us-east-1:1:task/s"]}"#, "InvalidParameterException",
            "The ARN provided is invalid."
        ),
    ]) func refusesToDescribe(json: String, code: String, message: String) async throws {
        let plane = try await TestControlPlane.withDefinitions()
        let input = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
        let failure = try await plane.failure("DescribeServices", input ?? [:])
        #expect(failure.code == code)
        #expect(failure.message.contains(message), "\(failure.message)")
    }

    @Test func countsTheTasksOfEachDeployment() async throws {
        let plane = try await TestControlPlane.withDefinitions()
        let old = try await plane.createService().list("deployments")[0].text("id")
        let new = try await plane.updateService("s", ["forceNewDeployment": true]).list("deployments")[0].text("id")
        let tasks = [
            try await plane.startTask(of: old, status: "RUNNING"), try await plane.startTask(of: old),
            try await plane.startTask(of: new, status: "RUNNING"),
            try await plane.startTask(of: new, status: "RUNNING"),
        ]
        // One that only says so, and one of another service's group.
        _ = try await plane.runTask("web", ["startedBy": new])
        var service = try await plane.describeService()
        #expect((service.number("runningCount"), service.number("pendingCount")) == (3, 1))
        #expect(service.list("deployments").map { $0.number("runningCount") } == [2, 1])
        #expect(service.list("deployments").map { $0.number("pendingCount") } == [0, 1])
        #expect(service.list("currentServiceRevisions").map { $0.number("runningTaskCount") } == [2, 1])
        _ = try await plane.call("StopTask", ["task": tasks[2]])
        service = try await plane.describeService()
        #expect(service.number("runningCount") == 2, "one that is to stop does not count")
        _ = try await plane.call("SubmitTaskStateChange", ["task": tasks[0], "status": "STOPPED"])
        service = try await plane.describeService()
        #expect(service.list("deployments").map { $0.number("runningCount") } == [1, 0])
        let listed = try await pages(plane, "ListTasks", "taskArns", ["serviceName": "s", "maxResults": 1])
        #expect(listed == [tasks[1], tasks[3]])
        let counts = plane.state.peek { $0.taskCounts(of: ServiceID(cluster: .default, name: "s")) }
        #expect((counts.pending, counts.running, counts.stopping) == (1, 1, 1))
    }

    @Test func saysOnlyTheLastHundredEvents() async throws {
        let plane = try await TestControlPlane.withDefinitions()
        try await plane.createService()
        let id = ServiceID(cluster: .default, name: "s")
        let now = plane.clock.now
        try await plane.state.transact { tx in
            for number in 0..<130 { tx.addEvent("event \(number)", of: id, id: "uuid-\(number)", now: now) }
        }
        let events = try await plane.describeService().list("events")
        #expect(events.map { $0.text("message") } == (30..<130).reversed().map { "event \($0)" }, "the newest first")
        #expect(events[0].text("id") == "uuid-129")
    }

    // MARK: Lists

    @Test func listsTheActiveOnesByName() async throws {
        let plane = try await TestControlPlane.withDefinitions()
        for name in ["d", "b", "c", "gone", "a"] { try await plane.createService(name) }
        try await plane.createService("agent", ["schedulingStrategy": "DAEMON"])
        try await plane.createService("own", ["deploymentController": ["type": "EXTERNAL"]])
        _ = try await plane.call("DeleteService", ["service": "gone", "force": true])
        let names: ([String: Any]) async throws -> [String] = { filter in
            try await pages(plane, "ListServices", "serviceArns", filter.merging(["maxResults": 2]) { $1 })
                .map { String($0.split(separator: "/").last ?? "") }
        }
        #expect(try await names([:]) == ["a", "agent", "b", "c", "d", "own"])
        #expect(try await names(["schedulingStrategy": "DAEMON"]) == ["agent"])
        #expect(try await names(["launchType": "EC2", "schedulingStrategy": "REPLICA"]) == ["a", "b", "c", "d"])
        #expect(try await names(["launchType": "FARGATE"]) == [])
        #expect(try await names(["resourceManagementType": "ECS"]) == [])
        #expect(try await names(["resourceManagementType": "CUSTOMER"]).count == 6)
    }

    @Test func aPageIsTenUnlessAskedOtherwise() async throws {
        let plane = try await TestControlPlane.withDefinitions()
        for number in 0..<12 { try await plane.createService("s\(number)") }
        let page = try await plane.call("ListServices")
        #expect((page["serviceArns"] as? [String])?.count == 10)
        #expect(page["nextToken"] != nil)
        let failure = try await plane.failure("ListServices", ["maxResults": 101])
        #expect(failure.code == "InvalidParameterException")
    }

    @Test func aNamespaceHasNoServicesYet() async throws {
        let plane = try TestControlPlane()
        _ = try await plane.call("CreateCluster", ["serviceConnectDefaults": ["namespace": "shop"]])
        #expect(
            try await plane.call("ListServicesByNamespace", ["namespace": "shop"])["serviceArns"] as? [String] == [])
        let failure = try await plane.failure("ListServicesByNamespace", ["namespace": "nope"])
        #expect(failure.code == "NamespaceNotFoundException")
        _ = try await plane.call("DeleteCluster", ["cluster": "default"])
        #expect(
            try await plane.failure("ListServicesByNamespace", ["namespace": "shop"]).code
                == "NamespaceNotFoundException")
    }

    @Test func clustersCountTheirServices() async throws {
        let plane = try await TestControlPlane.withDefinitions()
        for name in ["a", "b"] { try await plane.createService(name) }
        let draining = try await plane.createService("c").list("deployments")[0].text("id")
        try await plane.startTask(of: draining, service: "c")
        _ = try await plane.call("DeleteService", ["service": "c", "force": true])
        let cluster = try await plane.call("DescribeClusters", ["include": ["STATISTICS"]]).list("clusters")[0]
        #expect(cluster.number("activeServicesCount") == 2)
        let statistics = cluster.list("statistics").map { "\($0.text("name"))=\($0.text("value"))" }
        #expect(statistics.contains("activeEC2ServiceCount=2"))
        #expect(statistics.contains("drainingEC2ServiceCount=1"))
    }

    // MARK: Deleting

    @Test func aServiceWithoutTasksEndsAtOnce() async throws {
        let plane = try await TestControlPlane.withDefinitions()
        try await plane.createService("s", ["desiredCount": 0])
        let deleted = try await plane.call("DeleteService", ["service": "s"]).object("service")
        #expect(deleted.text("status") == "DRAINING")
        let ended = try await plane.describeService()
        #expect(ended.text("status") == "INACTIVE", "what the waiter services_inactive waits for")
        #expect(ended.list("deployments").isEmpty)
        let failure = try await plane.failure("DeleteService", ["service": "s"])
        #expect((failure.code, failure.message) == ("ServiceNotFoundException", "Service not found."))
    }

    @Test func aServiceThatIsToHaveTasksIsOnlyForced() async throws {
        let plane = try await TestControlPlane.withDefinitions()
        try await plane.createService()
        let failure = try await plane.failure("DeleteService", ["service": "s"])
        #expect(failure.message == "The service cannot be stopped while it is scaled above 0.")
        try await plane.createService("agent", ["schedulingStrategy": "DAEMON"])
        _ = try await plane.call("DeleteService", ["service": "agent"])
        #expect(try await plane.failure("DeleteService", ["service": "nope"]).code == "ServiceNotFoundException")
    }

    @Test func aServiceEndsWhenNoneOfItsTasksIsToGoOn() async throws {
        let plane = try await TestControlPlane.withDefinitions()
        let deployment = try await plane.createService().list("deployments")[0].text("id")
        let task = try await plane.startTask(of: deployment, status: "RUNNING")
        let deleted = try await plane.call("DeleteService", ["service": "s", "force": true]).object("service")
        #expect(deleted.number("desiredCount") == 0)
        #expect(deleted.list("deployments")[0].number("desiredCount") == 0)
        let id = ServiceID(cluster: .default, name: "s")
        let now = plane.clock.now
        #expect(try await plane.state.transact { $0.endServiceIfDrained(id, now: now) } == false)
        #expect(try await plane.describeService().text("status") == "DRAINING")
        _ = try await plane.call("StopTask", ["task": task])
        #expect(try await plane.state.transact { $0.endServiceIfDrained(id, now: now) })
        #expect(try await plane.describeService().text("status") == "INACTIVE")
    }

    @Test func aDaemonsCountIsItsSchedulers() async throws {
        let plane = try await TestControlPlane.withDefinitions()
        let deployment = try await plane.createService("s", ["schedulingStrategy": "DAEMON"]).list("deployments")[0]
        var scheduling = ServiceSchedulingRecord(service: ServiceID(cluster: .default, name: "s"))
        scheduling.desiredCount = 7
        try await plane.state.transact { [scheduling] tx in tx.put(scheduling) }
        #expect(try await plane.describeService().number("desiredCount") == 7)
        let again = try await plane.updateService("s", ["forceNewDeployment": true])
        #expect(again.list("deployments")[0].number("desiredCount") == 7)
        try await plane.startTask(of: deployment.text("id"))
        _ = try await plane.call("DeleteService", ["service": "s"])
        let draining = try await plane.describeService()
        #expect((draining.text("status"), draining.number("desiredCount")) == ("DRAINING", 0))
    }

    @Test func aClusterWithServicesIsNotDeleted() async throws {
        let plane = try TestControlPlane()
        _ = try await plane.call("CreateCluster")
        try await plane.registerTaskDefinition()
        try await plane.createService()
        let failure = try await plane.failure("DeleteCluster", ["cluster": "default"])
        #expect(failure.code == "ClusterContainsServicesException")
        #expect(failure.message == "The Cluster cannot be deleted while Services are active.")
        _ = try await plane.call("DeleteService", ["service": "s", "force": true])
        _ = try await plane.call("DeleteCluster", ["cluster": "default"])
    }

    @Test func whatServicesReferToStays() async throws {
        let plane = try await TestControlPlane.withDefinitions()
        try await plane.createService()
        for name in ["web:1", "web:2"] {
            _ = try await plane.call("DeregisterTaskDefinition", ["taskDefinition": name])
        }
        _ = try await plane.call("DeleteTaskDefinitions", ["taskDefinitions": ["web:1", "web:2"]])
        let left: () -> [Int] = {
            plane.state.peek { tables in
                [1, 2].filter { tables.taskDefinitions[TaskDefinitionID(family: "web", revision: $0)] != nil }
            }
        }
        #expect(left() == [1], "a service refers to it")
        _ = try await plane.call("DeleteService", ["service": "s", "force": true])
        await Expiry(state: plane.state, now: { plane.clock.now }, log: .discarding).pass()
        #expect(left() == [])
    }

    // MARK: Tags

    @Test func servicesAreTagged() async throws {
        let plane = try await TestControlPlane.withDefinitions()
        let arn = try await plane.createService("s", ["tags": [["key": "a", "value": "1"]]]).text("serviceArn")
        _ = try await plane.call("TagResource", ["resourceArn": arn, "tags": [["key": "b", "value": "2"]]])
        _ = try await plane.call("UntagResource", ["resourceArn": arn, "tagKeys": ["a"]])
        let tags = try await plane.call("ListTagsForResource", ["resourceArn": arn]).list("tags")
        #expect(tags.map { $0.text("key") } == ["b"])
        #expect(try await plane.describeService().list("tags").map { $0.text("key") } == ["b"])
        #expect(
            try await plane.call("DescribeServices", ["services": ["s"]]).list("services")[0].list("tags").isEmpty)
        _ = try await plane.call("DeleteService", ["service": "s", "force": true])
        let failure = try await plane.failure("ListTagsForResource", ["resourceArn": arn])
        #expect(failure.message.contains("The specified service was not found."))
    }

    // MARK: Forgetting

    @Test func inactiveServicesAreForgottenAfterAWhile() async throws {
        let plane = try await TestControlPlane.withDefinitions()
        let expiry = Expiry(state: plane.state, now: { plane.clock.now }, log: .discarding)
        try await plane.createService()
        try await plane.updateService("s", ["forceNewDeployment": true])
        let rows = plane.store.rowCount
        _ = try await plane.call("DeleteService", ["service": "s", "force": true])
        plane.clock.advance(by: 7 * 86_400)
        #expect(await expiry.pass() == 0)
        plane.clock.advance(by: 1)
        #expect(await expiry.pass() == 1)
        #expect(try await plane.call("DescribeServices", ["services": ["s"]]).list("failures").count == 1)
        #expect(plane.store.rowCount == rows - 7, "a service, two deployments, two revisions and their history")
    }

    @Test func theHistoryOfDeploymentsIsForgottenAfterNinetyDays() async throws {
        let plane = try await TestControlPlane.withDefinitions()
        let expiry = Expiry(state: plane.state, now: { plane.clock.now }, log: .discarding)
        let day = 86_400.0
        let first = try await plane.createService()
        try await plane.complete()
        plane.clock.advance(by: day)
        try await plane.updateService("s", ["forceNewDeployment": true])
        try await plane.complete()
        let old = DeploymentID(first.list("deployments")[0].text("id"))
        try await plane.state.transact { tx in if let old { tx.removeDeployment(old) } }
        let revisions = try await plane.serviceDeployments().map { $0.text("targetServiceRevisionArn") }
        plane.clock.advance(by: 89 * day + 1)
        #expect(await expiry.pass() == 1)
        #expect(try await plane.serviceDeployments().count == 1)
        let described = try await plane.call("DescribeServiceRevisions", ["serviceRevisionArns": revisions])
        #expect(described.list("serviceRevisions").map { $0.text("serviceRevisionArn") } == [revisions[0]])
        plane.clock.advance(by: 90 * day)
        #expect(await expiry.pass() == 1)
        let kept = try await plane.call("DescribeServiceRevisions", ["serviceRevisionArns": [revisions[0]]])
        #expect(kept.list("serviceRevisions").count == 1, "the service has it")
    }
}
