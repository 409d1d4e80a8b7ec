import AWSModels
import Testing

@Suite struct RestartPolicyRuleTests {
    static let period = "the 'restartAttemptPeriod' setting for container 'app' must be between 60 and 1800"

    static let cases: [RuleCase] = [
        .refused("59 seconds", period) {
            $0.app.restartPolicy = ECS.ContainerRestartPolicy(enabled: true, restartAttemptPeriod: 59)
        },
        .refused("1801 seconds", period) {
            $0.app.restartPolicy = ECS.ContainerRestartPolicy(enabled: true, restartAttemptPeriod: 1801)
        },
        .accepted("60 seconds") {
            $0.app.restartPolicy = ECS.ContainerRestartPolicy(enabled: true, restartAttemptPeriod: 60)
        },
        .refused("51 exit codes", "the 'ignoredExitCodes' setting for container 'app' can have at most 50 items") {
            $0.app.restartPolicy = ECS.ContainerRestartPolicy(enabled: true, ignoredExitCodes: Array(0...50))
        },
        .accepted("50 exit codes") {
            $0.app.restartPolicy = ECS.ContainerRestartPolicy(enabled: true, ignoredExitCodes: Array(0..<50))
        },
    ]

    @Test(arguments: cases) func registrationSays(_ ruleCase: RuleCase) { ruleCase.verify() }
}
