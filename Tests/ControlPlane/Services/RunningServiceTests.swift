import AWSModels
import ControlPlaneState
import Controllers
import Foundation
import Testing

/// Services with the loop that runs them, on hosts that do what they are asked.
@Suite struct RunningServiceTests {
    @Test func aServiceGetsItsTasksAndIsSteady() async throws {
        let services = try await RunningServices.with()
        try await services.plane.createService(
            "s",
            [
                "desiredCount": 3, "enableECSManagedTags": true, "propagateTags": "SERVICE",
                "tags": [["key": "a", "value": "1"]],
            ])
        try await services.settle()
        let tasks = services.tasks()
        #expect(tasks.count == 3)
        let deployment = try await services.plane.describeService().list("deployments")[0]
        #expect(tasks.allSatisfy { $0.group == "service:s" && $0.startedBy == deployment.text("id") })
        #expect(
            tasks[0].tags.map { "\($0.key ?? "")=\($0.value ?? "")" } == [
                "a=1", "aws:ecs:clusterName=default", "aws:ecs:serviceName=s",
            ])
        #expect(Set(tasks.map(\.containerInstance)).count == 2, "spread over the zones unless asked otherwise")
        #expect(deployment.text("rolloutState") == "IN_PROGRESS", "no task has run for long enough to be healthy")
        try await services.pass(5)
        let service = try await services.plane.describeService()
        #expect(service.list("deployments")[0].text("rolloutState") == "COMPLETED")
        #expect((service.number("runningCount"), service.number("pendingCount")) == (3, 0))
        let ids = tasks.map { "(task \($0.id))" }.joined(separator: " ")
        let id = deployment.text("id")
        #expect(
            try await services.messages() == [
                "(service s) has started 3 tasks: \(ids).",
                "(service s) (deployment \(id)) deployment completed.",
                "(service s) has reached a steady state.",
            ])
        #expect(try await services.plane.serviceDeployments()[0].text("status") == "SUCCESSFUL")
        let commits = services.plane.store.commits.count
        try await services.pass(600)
        #expect(services.plane.store.commits.count == commits, "a service that nothing happens to costs nothing")
    }

    @Test func aLargeServiceStartsInParts() async throws {
        let services = try await RunningServices.with()
        try await services.plane.createService("s", ["desiredCount": 250])
        var counts: [Int] = []
        for _ in 0..<4 {
            services.plane.state.drain()
            await services.controller.settle()
            counts.append(services.tasks().count)
        }
        #expect(counts == [100, 200, 250, 250])
        try await services.pass(10)
        #expect(try await services.plane.describeService().list("deployments")[0].text("rolloutState") == "COMPLETED")
    }

    @Test func aTaskThatDiesIsReplacedAtOnce() async throws {
        let services = try await RunningServices.with()
        try await services.plane.createService()
        try await services.pass(10)
        let before = services.tasks()
        try await services.kill(before[0])
        try await services.settle()
        let after = services.tasks()
        #expect(after.count == 2)
        #expect(after[0].id == before[1].id && after[1].sequence > before[1].sequence)
    }

    @Test func anUpdateIsRolledOut() async throws {
        let services = try await RunningServices.with()
        try await services.plane.createService("s", ["desiredCount": 4])
        try await services.pass(10)
        try await services.plane.updateService("s", ["taskDefinition": "web:2"])
        try await services.settle()
        var revisions = services.tasks().map(\.taskDefinition.revision)
        #expect(revisions == [1, 1, 1, 1, 2, 2, 2, 2], "new ones first, and the old ones until those are healthy")
        try await services.pass(10)
        revisions = services.tasks().map(\.taskDefinition.revision)
        #expect(revisions == [2, 2, 2, 2])
        let deployments = try await services.plane.describeService().list("deployments")
        #expect(deployments.count == 1)
        #expect(deployments[0].text("rolloutState") == "COMPLETED")
        let stopped = services.plane.state.peek { tx in
            tx.tasks.stopped.first.flatMap { tx.tasks[sequence: $0.sequence] }
        }
        #expect(stopped?.stopCode == .serviceSchedulerInitiated)
        #expect(stopped?.stoppedReason?.hasPrefix("Scaling activity initiated by (deployment ecs-svc/") == true)
    }

    private static var breaker: [String: Any] {
        ["deploymentConfiguration": ["deploymentCircuitBreaker": ["enable": true, "rollback": true]]]
    }

    @Test func aBadRevisionIsRolledBack() async throws {
        let services = try await RunningServices.with()
        let first = try await services.plane.createService("s", Self.breaker).list("deployments")[0].text("id")
        try await services.pass(10)
        let before = services.tasks().map(\.id)
        let bad = try await services.plane.updateService("s", ["taskDefinition": "bad:1"]).list("deployments")[0]
        try await services.pass(30)
        #expect(services.tasks().map(\.id) == before, "what still ran goes on")
        let service = try await services.plane.describeService()
        #expect(service.text("taskDefinition").hasSuffix("web:1"))
        #expect(service.list("deployments").map { $0.text("rolloutState") } == ["COMPLETED"])
        #expect(service.list("deployments")[0].text("id") == first)
        let history = try await services.plane.serviceDeployments()
        #expect(history.map { $0.text("status") } == ["ROLLBACK_SUCCESSFUL", "SUCCESSFUL"])
        let messages = try await services.messages()
        #expect(
            messages.contains(
                "(service s) (deployment \(bad.text("id"))) deployment failed: tasks failed to start."))
        #expect(messages.contains("(service s) rolling back to deployment \(first)."))
        #expect(messages.last == "(service s) has reached a steady state.")
        let described = try await services.plane.describeServiceDeployment(history[0].text("serviceDeploymentArn"))
        #expect(described.object("deploymentCircuitBreaker").text("status") == "TRIGGERED")
        #expect(described.object("deploymentCircuitBreaker").number("failureCount") == 4, "two at a time")
    }

    /// 1, 2 and 4 seconds, less up to a fifth.
    @Test func tasksThatFailToStartAreTriedLessAndLess() async throws {
        let services = try await RunningServices.with()
        try await services.plane.createService("s", ["taskDefinition": "bad:1", "desiredCount": 1])
        var counts: [Int] = []
        for _ in 0..<8 {
            try await services.settle()
            counts.append(services.plane.state.peek { $0.tasks.count })
            try await services.pass(1)
        }
        #expect(counts == [1, 2, 2, 3, 3, 3, 3, 4])
        let service = try await services.plane.describeService()
        #expect(service.list("deployments")[0].number("failedTasks") == 4)
        #expect(
            try await services.messages().contains(
                "(service s) is unable to consistently start tasks successfully."))
    }

    @Test func aDrainingInstanceHandsItsTasksOver() async throws {
        let services = try await RunningServices.with()
        try await services.plane.createService("s", ["availabilityZoneRebalancing": "DISABLED"])
        try await services.pass(10)
        let leaving = services.tasks()[0].containerInstance
        _ = try await services.plane.call(
            "UpdateContainerInstancesState", ["containerInstances": [leaving.rawValue], "status": "DRAINING"])
        try await services.settle()
        #expect(services.tasks().count == 3, "the other first")
        try await services.pass(10)
        #expect(services.tasks().count == 2)
        #expect(services.tasks().allSatisfy { $0.containerInstance != leaving })
    }

    @Test func scalesInAndOut() async throws {
        let services = try await RunningServices.with()
        try await services.plane.createService("s", ["desiredCount": 4])
        try await services.pass(10)
        try await services.plane.updateService("s", ["desiredCount": 2])
        try await services.settle()
        #expect(services.tasks().count == 2)
        #expect(Set(services.tasks().map(\.containerInstance)).count == 2, "those that are left are spread")
        try await services.plane.updateService("s", ["desiredCount": 5])
        try await services.settle()
        #expect(services.tasks().count == 5)
    }

    @Test func aDaemonIsOnEachInstance() async throws {
        let services = try await RunningServices.with()
        try await services.plane.createService(
            "d",
            [
                "schedulingStrategy": "DAEMON",
                "placementConstraints": [
                    ["type": "memberOf", "expression": "attribute:ecs.availability-zone != zone-0"]
                ],
            ])
        try await services.pass(10)
        #expect(services.tasks("d").count == 1)
        #expect(try await services.plane.describeService("d").number("desiredCount") == 1)
        try await services.addHost(zone: "zone-2")
        try await services.settle()
        #expect(services.tasks("d").count == 2)
        let leaving = services.tasks("d")[0].containerInstance
        _ = try await services.plane.call(
            "UpdateContainerInstancesState", ["containerInstances": [leaving.rawValue], "status": "DRAINING"])
        try await services.pass(10)
        #expect(services.tasks("d").map(\.containerInstance) != [leaving])
        #expect(services.tasks("d").count == 1)
    }

    @Test func aDeletedServiceStopsItsTasksAndEnds() async throws {
        let services = try await RunningServices.with()
        try await services.plane.createService()
        try await services.pass(10)
        _ = try await services.plane.call("DeleteService", ["service": "s", "force": true])
        #expect(try await services.plane.describeService().text("status") == "DRAINING")
        try await services.settle()
        #expect(services.tasks().isEmpty)
        #expect(try await services.plane.describeService().text("status") == "INACTIVE")
        #expect(services.controller.nextWake == nil)
    }

    @Test func whatFindsNoHostIsPlacedWhenThereIsOne() async throws {
        let services = try await RunningServices.with(hosts: 0)
        try await services.plane.createService()
        try await services.settle()
        #expect(
            try await services.messages().last?.contains("No Container Instances were found in your cluster.") == true)
        let full = try await services.addHost(zone: "zone-0", cpu: 0)
        try await services.settle()
        let id = full.split(separator: "/").last ?? ""
        #expect(
            try await services.messages().last?.contains(
                "The closest matching (container-instance \(id)) has insufficient CPU units available.") == true)
        try await services.addHost(zone: "zone-1")
        try await services.settle()
        #expect(services.tasks().count == 2)
    }

    /// 30 seconds until the agent counts as disconnected, which is when this begins.
    @Test func tasksOfALostHostAreReplacedAndTheSurplusIsStoppedWhenItIsBack() async throws {
        let services = try await RunningServices.with(hosts: 1)
        let other = try await services.addHost(zone: "zone-1")
        try await services.plane.createService()
        try await services.pass(10)
        try await services.setConnected(false, other)
        try await services.pass(29)
        #expect(services.tasks().count == 2)
        try await services.pass(1)
        #expect(services.tasks().count == 3, "60 seconds after it was last heard of")
        try await services.pass(10)
        try await services.setConnected(true, other)
        try await services.pass(10)
        #expect(services.tasks().count == 2)
        #expect(Set(services.tasks().map(\.containerInstance)).count == 2, "what is left is spread")
    }

    /// One in three tasks, however many are started at a time, and whatever stops in between.
    @Test func capacityProvidersShareTheTasksOverTheServicesLife() async throws {
        let services = try await RunningServices.with(hosts: 0)
        for name in ["blue", "green"] {
            let group = ["autoScalingGroupArn": name]
            _ = try await services.plane.call(
                "CreateCapacityProvider", ["name": name, "autoScalingGroupProvider": group])
            try await services.addHost(zone: "zone", attributes: ["stevedore.auto-scaling-group": name])
        }
        _ = try await services.plane.call(
            "PutClusterCapacityProviders",
            [
                "cluster": "default", "capacityProviders": ["blue", "green"],
                "defaultCapacityProviderStrategy": [[String: Any]](),
            ])
        let strategy: [[String: Any]] = [
            ["capacityProvider": "blue", "weight": 2], ["capacityProvider": "green", "weight": 1],
        ]
        try await services.plane.createService("s", ["capacityProviderStrategy": strategy, "desiredCount": 1])
        var providers: [String?] { services.tasks().map(\.capacityProviderName).sorted { ($0 ?? "") < ($1 ?? "") } }
        for count in 2...6 {
            try await services.pass(10)
            try await services.plane.updateService("s", ["desiredCount": count])
        }
        try await services.settle()
        #expect(providers == ["blue", "blue", "blue", "blue", "green", "green"])
        let green = try #require(services.tasks().first { $0.capacityProviderName == "green" })
        try await services.kill(green)
        try await services.settle()
        #expect(providers == ["blue", "blue", "blue", "blue", "green", "green"])
    }

    @Test func taskSetsHaveTheirShares() async throws {
        let services = try await RunningServices.with()
        try await services.plane.createService("s", ["deploymentController": ["type": "EXTERNAL"], "desiredCount": 3])
        var sets: [String] = []
        for scale in [100, 50] {
            let input: [String: Any] = [
                "service": "s", "cluster": "default", "taskDefinition": "web:1",
                "scale": ["value": scale, "unit": "PERCENT"],
            ]
            sets.append(try await services.plane.call("CreateTaskSet", input).object("taskSet").text("id"))
        }
        try await services.pass(10)
        func counts() -> [Int] { sets.map { set in services.tasks().count { $0.startedBy == set } } }
        #expect(counts() == [3, 2])
        let shown = try await services.plane.describeService().list("taskSets")
        #expect(shown.map { $0.text("stabilityStatus") } == ["STEADY_STATE", "STEADY_STATE"])
        let input: [String: Any] = ["service": "s", "cluster": "default", "taskSet": sets[0], "force": true]
        _ = try await services.plane.call("DeleteTaskSet", input)
        try await services.settle()
        #expect(counts() == [0, 2])
        #expect(try await services.plane.describeService().list("taskSets").count == 1)
    }

    /// A task that stopped as the control plane did is counted by the next, once; and the deployment goes on.
    @Test func aRestartGoesOnWithADeployment() async throws {
        let store = FakeStore()
        var services = try await RunningServices.with(store: store)
        try await services.plane.createService("s", Self.breaker)
        try await services.pass(10)
        try await services.plane.updateService("s", ["taskDefinition": "bad:1", "desiredCount": 1])
        services.plane.state.drain()
        await services.controller.settle()
        let now = services.plane.clock.now
        let bad = try #require(services.tasks().last)
        #expect(bad.taskDefinition.family == "bad")
        try await services.plane.state.transact { tx in
            _ = tx.observe(
                TaskObservation(status: .stopped, stopCode: .taskFailedToStart), of: bad,
                now: now.addingTimeInterval(0.5))
        }
        services.plane.state.drain()

        let clock = services.plane.clock
        services = RunningServices(plane: try TestControlPlane(store: store))
        services.plane.clock.advance(by: clock.now.timeIntervalSince(services.plane.clock.now) + 0.5)
        await services.controller.settle()
        #expect(try await services.plane.describeService().list("deployments")[0].number("failedTasks") == 1)
        try await services.pass(30)
        #expect(try await services.plane.serviceDeployments()[0].text("status") == "ROLLBACK_SUCCESSFUL")
        #expect(services.tasks().count == 1)
        #expect(services.tasks().allSatisfy { $0.taskDefinition.family == "web" })
    }
}
