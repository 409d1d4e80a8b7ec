import AWSModels
import Testing

@Suite struct RoleRuleTests {
    static func accepts(_ role: String) -> RuleCase {
        .accepted("role \(role)") {
            $0.taskRoleArn = role
            $0.executionRoleArn = role
        }
    }

    static func refuses(_ role: String) -> [RuleCase] {
        [
            .refused("task role \(role)", "Role is not valid") { $0.taskRoleArn = role },
            .refused("execution role \(role)", "Role is not valid") { $0.executionRoleArn = role },
        ]
    }

    static let good = [
        "", "ecsTaskExecutionRole", "arn:aws:iam::123456789012:role/a", "arn:aws-cn:iam::123456789012:role/a/b/c",
        "a+=,.@-_",
    ]

    static let bad = [
        "a b", "path/name", "arn:aws:iam::123456789012:user/a", "arn:aws:iam::123456789012:role/",
        "arn:aws:sts::123456789012:role/a", "arn:aws:iam::123456789012:role/a\nb/c", "arn:aws:iam:role/a",
        String(repeating: "r", count: 65),
    ]

    static let cases: [RuleCase] = good.map(accepts) + bad.flatMap(refuses)

    @Test(arguments: cases) func registrationSays(_ ruleCase: RuleCase) { ruleCase.verify() }
}
