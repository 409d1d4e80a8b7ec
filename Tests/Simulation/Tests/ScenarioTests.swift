import ControlPlaneSimulation
import Foundation
import Testing

@Suite(.timeLimit(.minutes(5))) struct ScenarioTests {
    static let hosts = """
        [{"count": 2, "availabilityZone": "us-east-1a", "cpu": 2048, "memory": 4096},
         {"count": 2, "availabilityZone": "us-east-1b", "cpu": 2048, "memory": 4096}]
        """
    static let definition = """
        {"family": "web", "containerDefinitions": [{"name": "web", "image": "web", "cpu": 256, "memory": 1024}]}
        """

    static let releases = ["web:2", "web:fails-to-start", "web:crashes"].map { image in
        #"{"family": "web", "containerDefinitions": [{"name": "web", "image": "\#(image)", "cpu": 256, "memory": 512}]}"#
    }

    static func report(services: String, events: String = "[]") async throws -> ScenarioReport {
        let definitions = ([definition] + releases).joined(separator: ", ")
        let json = """
            {"hosts": \(hosts), "taskDefinitions": [\(definitions)], "services": \(services), "events": \(events)}
            """
        return try await ScenarioRun.report(on: try Scenario(json: Data(json.utf8)))
    }

    @Test func aServiceSpreadsAndMovesWhenItsZoneFails() async throws {
        let report = try await Self.report(
            services: #"[{"serviceName": "web", "taskDefinition": "web:1", "desiredCount": 6}]"#,
            events: #"[{"failZone": "us-east-1a"}, {"restoreZone": "us-east-1a"}]"#)
        #expect(report.isCarried)
        #expect(report.stages.map(\.hosts) == [4, 2, 4])
        #expect(report.stages[0].services[0].byAvailabilityZone == ["us-east-1a": 3, "us-east-1b": 3])
        #expect(report.stages[1].services[0].byAvailabilityZone == ["us-east-1b": 6])
        #expect(report.stages[1].zones.map(\.memoryReserved) == [0.75])
        // Hosts come back without the tasks that they had, which are not to be taken for living ones.
        #expect(report.stages[2].services[0].lowestRunningCount == 6)
    }

    @Test func whatDoesNotFitIsSaidWithTheReason() async throws {
        let report = try await Self.report(
            services: #"[{"serviceName": "web", "taskDefinition": "web:1", "desiredCount": 17}]"#,
            events: #"[{"addHosts": {"availabilityZone": "us-east-1c", "cpu": 2048, "memory": 4096}}]"#)
        #expect(!report.isCarried)
        let service = report.stages[0].services[0]
        #expect(service.runningCount == 16)
        #expect(service.notPlaced.map(\.reason) == ["RESOURCE:MEMORY"])
        #expect(service.notPlaced.first?.hosts == 4)
        #expect(report.text.contains("needs 1024 MiB of memory"))
        #expect(report.stages[1].services[0].runningCount == 17)
    }

    @Test func drainingAndFewerTasksAreFollowed() async throws {
        let report = try await Self.report(
            services: #"[{"serviceName": "web", "taskDefinition": "web:1", "desiredCount": 8}]"#,
            events: """
                [{"drainZone": "us-east-1b"}, {"service": "web", "desiredCount": 2}, {"failHosts": 1}]
                """)
        #expect(report.isCarried)
        #expect(report.stages.map { $0.services[0].runningCount } == [8, 8, 2, 2])
        #expect(report.stages[1].services[0].byAvailabilityZone == ["us-east-1a": 8])
    }

    @Test func anUpdateIsRolledOutWithinItsBounds() async throws {
        let report = try await Self.report(
            services: """
                [{"serviceName": "web", "taskDefinition": "web:1", "desiredCount": 8,
                  "deploymentConfiguration": {"minimumHealthyPercent": 50, "maximumPercent": 100}}]
                """,
            events: #"[{"service": "web", "taskDefinition": "web:2", "desiredCount": 10}]"#)
        #expect(report.isCarried)
        let (stage, web) = (report.stages[1], report.stages[1].services[0])
        #expect(stage.after == "web is to have 10 tasks and is updated to web:2")
        #expect(web.runningCount == 10 && web.byTaskDefinition == ["web:2": 10] && web.rolloutState == "COMPLETED")
        #expect((5...8).contains(web.lowestRunningCount))
        #expect(stage.wholeAfterSeconds.map { (5...90).contains($0) } == true)
        #expect(report.text.contains("; meanwhile \(web.lowestRunningCount) at the least"))
    }

    @Test func aBadReleaseIsRolledBackAndItsServiceSaysSo() async throws {
        let report = try await Self.report(
            services: """
                [{"serviceName": "web", "taskDefinition": "web:1", "desiredCount": 4, "deploymentConfiguration":
                  {"deploymentCircuitBreaker": {"enable": true, "rollback": true}}}]
                """,
            events: #"[{"service": "web", "taskDefinition": "web:3"}]"#)
        let web = report.stages[1].services[0]
        #expect(web.byTaskDefinition == ["web:1": 4] && web.lowestRunningCount == 4)
        #expect(web.events.contains { $0.contains("rolling back to deployment") })
        #expect(report.text.contains("deployment failed: tasks failed to start."))
    }

    @Test func withoutACircuitBreakerABadReleaseIsTriedForEver() async throws {
        let report = try await Self.report(
            services: #"[{"serviceName": "web", "taskDefinition": "web:1", "desiredCount": 4}]"#,
            events: #"[{"service": "web", "taskDefinition": "web:3"}]"#)
        let (stage, web) = (report.stages[1], report.stages[1].services[0])
        #expect(stage.wholeAfterSeconds == nil && web.rolloutState == "IN_PROGRESS")
        #expect(web.runningCount == 4 && web.lowestRunningCount == 4)
        #expect(web.events.contains { $0.contains("unable to consistently start tasks") })
    }

    @Test func aDaemonIsOnEveryHost() async throws {
        let report = try await Self.report(
            services: """
                [{"serviceName": "daemon", "taskDefinition": "web", "schedulingStrategy": "DAEMON"}]
                """,
            events: """
                [{"addHosts": {"count": 2, "availabilityZone": "us-east-1c", "cpu": 2048, "memory": 4096}},
                 {"failHosts": 1}]
                """)
        #expect(report.stages.map { $0.services[0].desiredCount } == [4, 6, 5])
        #expect(report.stages.map { $0.services[0].runningCount } == [4, 6, 5])
        #expect(report.stages.allSatisfy { $0.services[0].mostOnOneHost == 1 })
    }

    @Test func theSameScenarioHasTheSameReport() async throws {
        let services = #"[{"serviceName": "web", "taskDefinition": "web:1", "desiredCount": 9}]"#
        let first = try await Self.report(services: services, events: #"[{"failHosts": 2}]"#)
        let second = try await Self.report(services: services, events: #"[{"failHosts": 2}]"#)
        #expect(first == second)
    }

    @Test(arguments: [
        (#"{"hosts": []}"#, "hosts: a simulation takes 1 to"),
        (#"{"hosts": [{"availabilityZone": "a", "cpu": 1, "memory": 64}]}"#, "hosts[0].cpu: must be from 128"),
        (#"{"hosts": [{"availabilityZone": "a", "cpu": 128}]}"#, "hosts[0].memory is missing"),
        (#"{"hosts": [{"zone": "a"}]}"#, "hosts[0].zone: is not known here"),
        (#"{"hosts": [{"availabilityZone": 3}]}"#, "hosts[0].availabilityZone"),
        (#"{"services": "#, "the file"),
        (
            #"{"hosts": [{"availabilityZone": "a", "cpu": 128, "memory": 64}], "events": [{"failZone": "b"}]}"#,
            "events[0]: no host is in b; there are a"
        ),
        (
            #"{"hosts": [{"availabilityZone": "a", "cpu": 128, "memory": 64}], "events": [{"failZone": "a", "failHosts": 1}]}"#,
            "events[0]: an event is one of"
        ),
        (
            #"{"hosts": [{"availabilityZone": "a", "cpu": 128, "memory": 64}], "services": [{"serviceName": "s"}]}"#,
            "services[0].taskDefinition is missing"
        ),
        (
            #"{"hosts": [{"availabilityZone": "a", "cpu": 128, "memory": 64}], "events": [{"service": "s", "desiredCount": 1}]}"#,
            "events[0]: there is no service s"
        ),
        (
            #"{"hosts": [{"availabilityZone": "a", "cpu": 128, "memory": 64}], "events": [{"service": "s", "role": "r"}]}"#,
            "events[0].role: is not known here"
        ),
    ])
    func mistakesAreNamedWithTheirPlace(json: String, message: String) throws {
        let error = #expect(throws: ScenarioError.self) { _ = try Scenario(json: Data(json.utf8)) }
        #expect(error?.description.contains(message) == true, "\(error as Any)")
    }

    @Test func aServiceOfAnUnknownDefinitionIsRefused() async throws {
        await #expect(throws: ScenarioError.self) {
            _ = try await Self.report(
                services: #"[{"serviceName": "web", "taskDefinition": "nothing", "desiredCount": 1}]"#)
        }
    }
}
