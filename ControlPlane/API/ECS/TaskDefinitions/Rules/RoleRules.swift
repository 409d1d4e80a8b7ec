import AWSModels
import Support

extension TaskDefinitionRule {
    /// Roles are named by their name or ARN; empty text is as good as none.
    ///
    /// - Source: API Reference, RegisterTaskDefinition, `taskRoleArn` and `executionRoleArn`; IAM's names of roles.
    static let roles: [Self] = [
        Self("taskRoleArn") { isRole($0.taskRoleArn ?? "") ? nil : "Role is not valid" },
        Self("executionRoleArn") { isRole($0.executionRoleArn ?? "") ? nil : "Role is not valid" },
    ]

    private static func isRole(_ text: String) -> Bool {
        guard text.hasPrefix("arn:") else { return text.isEmpty || isRoleName(Substring(text)) }
        guard let arn = RuleText.arn(text, of: "iam"), arn.region.isEmpty, arn.resourceType == "role",
            let name = arn.resourcePath.last
        else { return false }
        return isRoleName(Substring(name)) && arn.resource.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    private static func isRoleName(_ name: Substring) -> Bool {
        (1...Limits.roleNameLength.value).contains(name.utf8.count)
            && name.utf8.allSatisfy { RuleText.isLetter($0) || RuleText.isDigit($0) || "_+=,.@-".utf8.contains($0) }
    }
}
