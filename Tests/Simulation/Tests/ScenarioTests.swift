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

    static func report(services: String, events: String = "[]") async throws -> ScenarioReport {
        let json = """
            {"hosts": \(hosts), "taskDefinitions": [\(definition)], "services": \(services), "events": \(events)}
            """
        return try await ScenarioRun.report(on: try Scenario(json: Data(json.utf8)))
    }

    @Test func aServiceSpreadsAndMovesWhenItsZoneFails() async throws {
        let report = try await Self.report(
            services: #"[{"serviceName": "web", "taskDefinition": "web", "desiredCount": 6}]"#,
            events: #"[{"failZone": "us-east-1a"}, {"restoreZone": "us-east-1a"}]"#)
        #expect(report.isCarried)
        #expect(report.stages.map(\.hosts) == [4, 2, 4])
        #expect(report.stages[0].services[0].byAvailabilityZone == ["us-east-1a": 3, "us-east-1b": 3])
        #expect(report.stages[1].services[0].byAvailabilityZone == ["us-east-1b": 6])
        #expect(report.stages[1].zones.map(\.memoryReserved) == [0.75])
    }

    @Test func whatDoesNotFitIsSaidWithTheReason() async throws {
        let report = try await Self.report(
            services: #"[{"serviceName": "web", "taskDefinition": "web", "desiredCount": 17}]"#,
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
            services: #"[{"serviceName": "web", "taskDefinition": "web", "desiredCount": 8}]"#,
            events: """
                [{"drainZone": "us-east-1b"}, {"service": "web", "desiredCount": 2}, {"failHosts": 1}]
                """)
        #expect(report.isCarried)
        #expect(report.stages.map { $0.services[0].runningCount } == [8, 8, 2, 2])
        #expect(report.stages[1].services[0].byAvailabilityZone == ["us-east-1a": 8])
    }

    @Test func theSameScenarioHasTheSameReport() async throws {
        let services = #"[{"serviceName": "web", "taskDefinition": "web", "desiredCount": 9}]"#
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
