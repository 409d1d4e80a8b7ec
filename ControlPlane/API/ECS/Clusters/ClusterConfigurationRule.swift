import AWSModels
import AWSProtocol

/// One thing that ECS asks of a cluster's `configuration`. Rules run in order and the first that is broken answers.
///
/// - Source: ECS core rules, section 8, "exec config"; API Reference, ExecuteCommandConfiguration and
///   ManagedStorageConfiguration.
struct ClusterConfigurationRule: Sendable {
    /// The field that the rule is about, as the API names it.
    let field: String
    /// What is wrong, in ECS's words where they are known; nil if nothing is.
    let violation: @Sendable (ECS.ClusterConfiguration) -> String?

    private init(_ field: String, _ violation: @escaping @Sendable (ECS.ClusterConfiguration) -> String?) {
        self.field = field
        self.violation = violation
    }

    /// A rule about a text inside of the configuration, where it is given.
    private static func text(
        _ field: String, _ member: @escaping @Sendable (ECS.ClusterConfiguration) -> String?, expected: String,
        _ isValid: @escaping @Sendable (String) -> Bool
    ) -> Self {
        Self(field) { configuration in
            guard let value = member(configuration), !isValid(value) else { return nil }
            return "\(field) must be \(expected); found \"\(value.prefix(60))\"."
        }
    }

    /// - Throws: InvalidParameterException for the first rule that is broken.
    static func checked(_ configuration: ECS.ClusterConfiguration?) throws(AWSError) -> ECS.ClusterConfiguration? {
        guard let configuration else { return nil }
        for rule in all {
            if let problem = rule.violation(configuration) { throw .invalidParameter(problem) }
        }
        return configuration
    }

    static let all: [Self] = [
        Self("executeCommandConfiguration.logConfiguration") { configuration in
            guard let command = configuration.executeCommandConfiguration, command.logConfiguration != nil,
                command.logging != .override
            else { return nil }
            return "You must set logging to 'OVERRIDE' when you supply a log configuration."
        },
        Self("executeCommandConfiguration.logging") { configuration in
            guard let command = configuration.executeCommandConfiguration, command.logging == .override else {
                return nil
            }
            let log = command.logConfiguration
            let isNamed = [log?.cloudWatchLogGroupName, log?.s3BucketName].contains { $0?.isEmpty == false }
            return isNamed
                ? nil
                : "A CloudWatch log group name or S3 bucket name must be specified when overriding the default log "
                    + "configuration."
        },
        .text(
            "cloudWatchLogGroupName",
            { $0.executeCommandConfiguration?.logConfiguration?.cloudWatchLogGroupName },
            expected: "at most \(Limits.logGroupNameLength.value) letters, digits and any of . - _ / #",
            isLogGroupName),
        .text(
            "s3BucketName", { $0.executeCommandConfiguration?.logConfiguration?.s3BucketName },
            expected: "3 to 63 lowercase letters, digits, periods and hyphens", isBucketName),
        .text(
            "s3KeyPrefix", { $0.executeCommandConfiguration?.logConfiguration?.s3KeyPrefix },
            expected: "at most \(Limits.s3KeyPrefixLength.value) bytes",
            { $0.utf8.count <= Limits.s3KeyPrefixLength.value }),
        .text(
            "executeCommandConfiguration.kmsKeyId", { $0.executeCommandConfiguration?.kmsKeyId },
            expected: keyExpectation, isKeyID),
        .text(
            "managedStorageConfiguration.kmsKeyId", { $0.managedStorageConfiguration?.kmsKeyId },
            expected: keyExpectation, isKeyID),
        .text(
            "fargateEphemeralStorageKmsKeyId",
            { $0.managedStorageConfiguration?.fargateEphemeralStorageKmsKeyId }, expected: keyExpectation, isKeyID),
    ]

    private static let keyExpectation = "the ID, the ARN or the alias of a key"

    @Sendable private static func isKeyID(_ text: String) -> Bool {
        text.utf8.count <= Limits.kmsKeyIDLength.value && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    @Sendable private static func isLogGroupName(_ text: String) -> Bool {
        text.utf8.count <= Limits.logGroupNameLength.value
            && text.utf8.allSatisfy { Names.isWordByte($0) || ".#/".utf8.contains($0) }
    }

    /// An empty name is no name: the rule about OVERRIDE asks for one.
    @Sendable private static func isBucketName(_ text: String) -> Bool {
        text.isEmpty
            || (3...63).contains(text.utf8.count)
                && text.utf8.allSatisfy {
                    (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x2E
                }
    }
}
