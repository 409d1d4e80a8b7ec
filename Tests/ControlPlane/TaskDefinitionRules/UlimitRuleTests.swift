import AWSModels
import Testing

@Suite struct UlimitRuleTests {
    static func limit(_ soft: Int, _ hard: Int, _ name: ECS.UlimitName = .nofile) -> ECS.Ulimit {
        ECS.Ulimit(hardLimit: hard, name: name, softLimit: soft)
    }

    static let exceeds = "Soft limit exceeds hard limit for ulimit nofile"

    static let cases: [RuleCase] = [
        .refused("soft over hard", exceeds) { $0.app.ulimits = [limit(2, 1)] },
        .refused("no soft limit but a hard one", exceeds) { $0.app.ulimits = [limit(-1, 1)] },
        .accepted("no limit") { $0.app.ulimits = [limit(-1, -1, .memlock), limit(5, -1), limit(7, 7, .core)] },
        .refused("less than none", "The limits of ulimit nofile of container 'app' must be -1 (none) or more.") {
            $0.app.ulimits = [limit(-2, 1)]
        },
        .refused("one limit twice", "The ulimit nofile of container 'app' is given more than once.") {
            $0.app.ulimits = [limit(1, 1), limit(2, 2)]
        },
    ]

    @Test(arguments: cases) func registrationSays(_ ruleCase: RuleCase) { ruleCase.verify() }
}
