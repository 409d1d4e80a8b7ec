import ControlPlaneAPI
import Foundation
import Placement
import Support
import Testing

@testable import ControlPlaneState

/// What the store holds of services, and that every index says what a fresh look at the records says.
@Suite struct ServiceStorageTests {
    /// All that the API shows of services.
    private func shown(_ plane: TestControlPlane, _ names: [String]) async throws -> NSDictionary {
        var shown: [String: Any] = [:]
        shown["cluster"] = try await plane.call("DescribeClusters", ["include": ["STATISTICS"]])
        shown["listed"] = try await plane.call("ListServices", ["maxResults": 100])
        shown["daemons"] = try await plane.call("ListServices", ["schedulingStrategy": "DAEMON"])
        for name in names {
            let service = try await plane.call("DescribeServices", ["services": [name], "include": ["TAGS"]])
            shown[name] = service
            guard let arn = service.list("services").first?.text("serviceArn") else { continue }
            let deployments = try await plane.serviceDeployments(arn, ["maxResults": 100])
            shown[name + " deployments"] = deployments
            let deploymentARNs = deployments.prefix(20).map { $0.text("serviceDeploymentArn") }
            if deployments.isEmpty { continue }
            shown[name + " described"] = try await plane.call(
                "DescribeServiceDeployments", ["serviceDeploymentArns": deploymentARNs])
            shown[name + " revisions"] = try await plane.call(
                "DescribeServiceRevisions",
                ["serviceRevisionArns": deployments.prefix(20).map { $0.text("targetServiceRevisionArn") }])
        }
        return shown as NSDictionary
    }

    private static let names = ["a", "b", "c"]

    /// Counts tasks by looking at each of them.
    private func counted(_ tables: borrowing Tables, _ deployment: DeploymentID) -> ServiceTaskIndex.Counts {
        var counts = ServiceTaskIndex.Counts()
        for status in [DesiredStatus.running, .stopped] {
            tables.tasks.select(.startedBy(deployment.description), cluster: .default, desiredStatus: status)
                .forEach(after: nil) { sequence in
                    guard let task = tables.tasks[sequence: sequence], task.group.hasPrefix("service:"),
                        task.lastStatus != .stopped
                    else { return true }
                    if status == .stopped {
                        counts.stopping += 1
                    } else if task.lastStatus == .running {
                        counts.running += 1
                    } else {
                        counts.pending += 1
                    }
                    return true
                }
        }
        return counts
    }

    /// One random thing that happens to services; what is refused changes nothing.
    private func step(_ plane: TestControlPlane, _ generator: inout SeededGenerator) async throws {
        let name = Self.names.randomElement(using: &generator) ?? "a"
        let id = ServiceID(cluster: .default, name: name)
        let now = plane.clock.now
        let random = plane.context.random
        let ids = plane.state.peek { tables in
            tables.deployments.deployments(of: id).map(\.id) + tables.taskSets.taskSets(of: id).map(\.id)
        }
        let number = Int.random(in: 0..<14, using: &generator)
        let options: [[String: Any]] = [
            ["schedulingStrategy": "DAEMON"], ["deploymentController": ["type": "EXTERNAL"]], [:],
            ["clientToken": "t", "tags": [["key": "k", "value": name]]],
        ]
        let task = plane.state.peek { tables in
            ids.randomElement(using: &generator).flatMap { deployment in
                tables.tasks.ofServices.tasks(of: deployment).first.flatMap {
                    tables.tasks[sequence: $0]?.id.description
                }
            }
        }
        do {
            switch number {
            case 0, 1: try await plane.createService(name, options.randomElement(using: &generator) ?? [:])
            case 2:
                try await plane.updateService(
                    name, ["taskDefinition": "web:\(Int.random(in: 1...2, using: &generator))"])
            case 3: try await plane.updateService(name, ["forceNewDeployment": true, "desiredCount": 3])
            case 4: _ = try await plane.call("DeleteService", ["service": name, "force": true])
            case 5, 6:
                if let deployment = ids.randomElement(using: &generator) {
                    try await plane.startTask(of: deployment.description, service: name)
                }
            case 7, 8:
                let status = ["RUNNING", "STOPPED"].randomElement(using: &generator) ?? ""
                if let task { _ = try await plane.call("SubmitTaskStateChange", ["task": task, "status": status]) }
            case 9: if let task { _ = try await plane.call("StopTask", ["task": task]) }
            case 10: try await plane.complete(name)
            case 11:
                let arn = try await plane.describeService(name).text("currentServiceDeployment")
                _ = try await plane.call("StopServiceDeployment", ["serviceDeploymentArn": arn])
            case 12:
                _ = try await plane.call(
                    "CreateTaskSet",
                    ["cluster": "default", "service": name, "taskDefinition": "web", "scale": ["value": 50]])
            default:
                let uuid = random.uuid()
                try await plane.state.transact { tx in
                    if tx.services[id] != nil { tx.addEvent("event", of: id, id: uuid, now: now) }
                    for deployment in tx.deployments.deployments(of: id).dropFirst()
                    where tx.tasks.ofServices.counts(of: deployment.id).isEmpty { tx.removeDeployment(deployment.id) }
                    tx.endServiceIfDrained(id, now: now)
                }
            }
        } catch {}
        plane.clock.advance(by: 1)
    }

    @Test(arguments: 0..<20) func indicesSayWhatTheRecordsSay(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let store = FakeStore()
        let plane = try await TestControlPlane.withDefinitions(store: store, seed: seed)
        for _ in 0..<60 { try await step(plane, &generator) }
        plane.state.peek { tables in
            for name in Self.names {
                let id = ServiceID(cluster: .default, name: name)
                var sum = ServiceTaskIndex.Counts()
                for deployment in tables.deployments.deployments(of: id).map(\.id)
                    + tables.taskSets.taskSets(of: id).map(\.id)
                {
                    #expect(tables.tasks.ofServices.counts(of: deployment) == counted(tables, deployment))
                    #expect(tables.service(of: deployment) == id)
                    sum = sum + counted(tables, deployment)
                }
                #expect(tables.taskCounts(of: id) == sum)
                let deployments = tables.deployments.deployments(of: id)
                #expect(deployments.filter { $0.status == .primary }.count <= 1)
                #expect(deployments.first.map { $0.status == .primary } ?? true, "the newest is PRIMARY")
                #expect(deployments.map(\.sequence) == deployments.map(\.sequence).sorted(by: >))
                if tables.services[id]?.status == .inactive { #expect(deployments.isEmpty) }
                var unfinished = 0
                tables.serviceHistory.deployments(of: id).forEach(after: nil) {
                    if tables.serviceHistory[sequence: $0]?.status.isFinished == false { unfinished += 1 }
                    return true
                }
                #expect(unfinished <= 1)
            }
            for status in ServiceRecord.Status.allCases {
                let found = Self.names.filter {
                    tables.services[ServiceID(cluster: .default, name: $0)]?.status == status
                }
                #expect(tables.services.count(status, in: .default) == found.count)
            }
        }
        let before = try await shown(plane, Self.names)
        plane.state.drain()
        let loaded = try TestControlPlane(store: store, seed: seed)
        loaded.clock.advance(by: plane.clock.now.timeIntervalSince(TestControlPlane.start))
        #expect(try await shown(loaded, Self.names) == before)
        for _ in 0..<20 { try await step(loaded, &generator) }
    }

    /// A transaction that fails takes every index back with it.
    @Test(arguments: 0..<10) func aFailedTransactionChangesNothing(seed: UInt64) async throws {
        struct Failure: Error {}
        var generator = SeededGenerator(seed: seed)
        let plane = try await TestControlPlane.withDefinitions(seed: seed)
        for _ in 0..<40 { try await step(plane, &generator) }
        let before = try await shown(plane, Self.names)
        let now = plane.clock.now
        for name in Self.names {
            let id = ServiceID(cluster: .default, name: name)
            _ = try? await plane.state.transact { tx throws(Failure) in
                for number in 0..<120 { tx.addEvent("event \(number)", of: id, id: "u", now: now) }
                if let service = tx.services[id], let tasks = service.configuration.tasks {
                    tx.startDeployment(of: service, tasks, images: [], random: plane.context.random, now: now)
                }
                tx.removeService(id)
                throw Failure()
            }
        }
        #expect(try await shown(plane, Self.names) == before)
    }

    /// What happens often writes little.
    @Test func aFailedTaskOrAnEventDoesNotRewriteTheService() async throws {
        let plane = try await TestControlPlane.withDefinitions()
        try await plane.createService()
        let id = ServiceID(cluster: .default, name: "s")
        let now = plane.clock.now
        try await plane.state.transact { tx in
            tx.addEvent("(service s) has started 1 tasks: (task 0).", of: id, id: "u", now: now)
        }
        #expect(plane.store.commits.last?.map(\.kind) == ["serviceEvent"])
        try await plane.state.transact { tx in
            guard var primary = tx.deployments.primary(of: id) else { return }
            primary.scheduling.circuitBreaker.failureCount += 1
            primary.scheduling.backOff.failedAttempts += 1
            primary.scheduling.backOff.notBefore = now
            tx.put(primary)
        }
        #expect(plane.store.commits.last?.map(\.kind) == ["deployment"])
        #expect((plane.store.commits.last?[0].value?.count ?? 0) < 1024)
        var scheduling = ServiceSchedulingRecord(service: id)
        scheduling.notices = [.init(kind: "steadyState", cause: "", toldAt: now)]
        try await plane.state.transact { [scheduling] tx in tx.put(scheduling) }
        #expect(plane.store.commits.last?.map(\.kind) == ["serviceScheduling"])
        let loaded = try TestControlPlane(store: plane.store)
        #expect(loaded.state.peek { $0.services.scheduling(of: id) } == scheduling)
        #expect(loaded.state.peek { $0.deployments.primary(of: id)?.scheduling.backOff.notBefore } == now)
    }

    @Test(arguments: ["1234567890123456789", "9223372036854775807", "1000000000000000000"])
    func numbersAreNineteenDigits(text: String) {
        #expect(ServiceNumber(text)?.digits == text)
        #expect(DeploymentID("ecs-svc/\(text)")?.description == "ecs-svc/\(text)")
        for bad in [
            text + "0", String(text.dropLast()), "0" + text.dropLast(), "+" + text.dropLast(), "9999999999999999999",
        ] {
            #expect(ServiceNumber(bad) == nil)
            #expect(DeploymentID("ecs-svc/\(bad)") == nil)
        }
        #expect(DeploymentID(text) == nil)
    }
}
