import AWSModels
import AWSProtocol
import Testing

@testable import ControlPlaneAPI

@Suite struct RuleBookTests {
    static let cases: [RuleCase] =
        IdentityRuleTests.cases + ProcessRuleTests.cases + EnvironmentRuleTests.cases + CPUAndMemoryRuleTests.cases
        + TimeoutRuleTests.cases + RestartPolicyRuleTests.cases + HealthCheckRuleTests.cases + UlimitRuleTests.cases
        + SystemControlRuleTests.cases + LinuxParameterRuleTests.cases + PortMappingRuleTests.cases
        + PortRangeRuleTests.cases + NetworkModeRuleTests.cases + DependencyRuleTests.cases + VolumeRuleTests.cases
        + VolumeConfigurationRuleTests.cases + MountPointRuleTests.cases + LogConfigurationRuleTests.cases
        + SecretRuleTests.cases + RoleRuleTests.cases + FirelensRuleTests.cases + ProxyConfigurationRuleTests.cases
        + PlatformRuleTests.cases + FargateTaskRuleTests.cases + FargateContainerRuleTests.cases
        + OtherLaunchTypeRuleTests.cases

    /// A rule without a case that breaks it could be wrong, or never run, and nobody would see.
    @Test func everyRuleIsBrokenByACase() {
        var untried = Array(TaskDefinitionRule.all.indices)
        for ruleCase in Self.cases where ruleCase.message != nil {
            let request = ruleCase.request
            untried.removeAll { TaskDefinitionRule.all[$0].violation(request) == ruleCase.message }
        }
        #expect(untried.map { "\($0): \(TaskDefinitionRule.all[$0].field)" } == [])
    }

    @Test(arguments: TaskDefinitionRule.all.map(\.field)) func rulesAreFoundByTheFieldsName(field: String) {
        let path = field.prefix { $0 != "," }.split(whereSeparator: { ".[]".contains($0) }).map(String.init)
        #expect(members(of: ECS.RegisterTaskDefinitionRequest()).contains(path[0]))
        switch path.first {
        case "containerDefinitions" where path.count > 1:
            #expect(members(of: ECS.ContainerDefinition()).contains(path[1]))
        case "volumes" where path.count > 1: #expect(members(of: ECS.Volume()).contains(path[1]))
        default: break
        }
    }

    private func members(of shape: Any) -> Set<String> {
        Set(Mirror(reflecting: shape).children.compactMap(\.label).map { $0.drop { $0 == "_" } }.map(String.init))
    }
}
