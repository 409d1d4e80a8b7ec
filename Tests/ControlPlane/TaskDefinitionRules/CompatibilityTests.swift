import AWSModels
import AWSProtocol
import Testing

@testable import ControlPlaneAPI

@Suite struct CompatibilityTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let expected: [String]
        let change: RuleCase.Change

        init(_ name: String, _ expected: [String], _ change: @escaping RuleCase.Change) {
            self.name = name
            self.expected = expected
            self.change = change
        }

        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case("bridge", ["EXTERNAL", "EC2"]) { _ in },
        Case("bridge, for EXTERNAL", ["EXTERNAL", "EC2"]) { $0.become(.external, .bridge) },
        Case("host", ["EXTERNAL", "EC2", "MANAGED_INSTANCES"]) { $0.networkMode = .host },
        Case("awsvpc", ["EC2", "MANAGED_INSTANCES"]) { $0.networkMode = .awsvpc },
        Case("Fargate", ["EC2", "MANAGED_INSTANCES", "FARGATE"]) { $0.becomeFargate() },
        Case("Fargate's size, for EC2", ["EC2", "MANAGED_INSTANCES", "FARGATE"]) {
            $0.becomeFargate()
            $0.requiresCompatibilities = [.ec2]
        },
        Case("Fargate with Windows", ["EC2", "FARGATE"]) {
            $0.becomeFargate()
            $0.cpu = "1024"
            $0.memory = "2048"
            $0.runtimePlatform = ECS.RuntimePlatform(operatingSystemFamily: .windowsServer2022Core)
        },
        Case("Fargate with storage", ["EC2", "FARGATE"]) {
            $0.becomeFargate()
            $0.ephemeralStorage = ECS.EphemeralStorage(sizeInGiB: 21)
        },
        Case("storage without a word of Fargate", ["FARGATE"]) {
            $0.becomeFargate()
            $0.requiresCompatibilities = nil
            $0.ephemeralStorage = ECS.EphemeralStorage(sizeInGiB: 21)
        },
        Case("a long stop", ["EC2", "MANAGED_INSTANCES"]) {
            $0.becomeFargate()
            $0.app.stopTimeout = 121
        },
        Case("faults", ["EC2", "MANAGED_INSTANCES"]) {
            $0.networkMode = .host
            $0.enableFaultInjection = true
        },
        Case("what nothing can run", []) { $0.app.image = nil },
    ]

    @Test(arguments: cases) func areThoseWhoseRulesAreKept(_ compatibility: Case) {
        let request = RuleCase.accepted("", compatibility.change).request
        #expect(TaskDefinitionRule.compatibilities(of: request).map(\.rawValue) == compatibility.expected)
    }

    @Test func allThatIsRequiredMustBeKept() {
        let both = RuleCase.refused("", "Fargate only supports network mode ‘awsvpc’.") {
            $0.requiresCompatibilities = [.ec2, .fargate]
        }
        both.verify()
        RuleCase.accepted("an empty list is none") { $0.requiresCompatibilities = [] }.verify()
    }

    @Test func describedDefinitionsSayIt() async throws {
        let plane = try TestControlPlane()
        let output = try await plane.call(
            "RegisterTaskDefinition",
            [
                "family": "f", "cpu": "256", "memory": "512", "networkMode": "awsvpc",
                "containerDefinitions": [["name": "a", "image": "i"]],
            ])
        let compatibilities = output.object("taskDefinition")["compatibilities"] as? [String]
        #expect(compatibilities == ["EC2", "MANAGED_INSTANCES", "FARGATE"])
    }
}
