import AWSModels
import AWSProtocol
import Testing

@testable import ControlPlaneAPI

@Suite struct OverrideRuleTests {
    static let noMemory = "Invalid override: Invalid 'memory' setting for container 'web'. It must be at least 6 MiB."
    static let lessMemory =
        "Invalid override: Invalid setting for container 'web'. 'memory' must be greater than or equal to "
        + "'memoryReservation'."
    static let hasNUL = "Invalid override: Container 'web' has a value that contains a NUL character."

    static let cases: [(ECS.ContainerOverride, String?)] = [
        (ECS.ContainerOverride(), nil),
        (ECS.ContainerOverride(command: ["x"], cpu: 1, environment: [ECS.KeyValuePair(name: "a")], memory: 6), nil),
        (ECS.ContainerOverride(memoryReservation: 64), nil),
        (ECS.ContainerOverride(resourceRequirements: PlatformRuleTests.gpu("1")), nil),
        (ECS.ContainerOverride(memory: 5), noMemory),
        (ECS.ContainerOverride(memory: 6, memoryReservation: 7), lessMemory),
        (ECS.ContainerOverride(command: ["\0"]), hasNUL),
        (
            ECS.ContainerOverride(environment: [ECS.KeyValuePair(value: "b")]),
            "Invalid override: Environment variable name cannot be null or blank."
        ),
        (
            ECS.ContainerOverride(environmentFiles: [EnvironmentRuleTests.file("x")]),
            "Invalid override: Invalid arn syntax."
        ),
    ]

    @Test(arguments: cases) func keepsTheRulesOfItsFields(override: ECS.ContainerOverride, message: String?) {
        var override = override
        override.name = "web"
        do {
            try TaskDefinitionRule.check(override: override)
            #expect(message == nil)
        } catch {
            #expect(error.code == "InvalidParameterException")
            #expect(error.message == message)
        }
    }

    @Test func aNameThatNoContainerHasIsNotItsBusiness() throws {
        try TaskDefinitionRule.check(override: ECS.ContainerOverride(name: "a b"))
    }
}
