import AWSModels
import Testing

@Suite struct SecretRuleTests {
    static let arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf"
    static let badName = "A secret of container 'app' has a name that is blank or contains '='."
    static let needsRole =
        "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'."

    static func secret(_ name: String, _ value: String = "parameter") -> ECS.Secret {
        ECS.Secret(name: name, valueFrom: value)
    }

    static func accepts(_ value: String) -> RuleCase {
        .accepted(value) {
            $0.executionRoleArn = "role"
            $0.app.secrets = [secret("S", value)]
        }
    }

    static func refuses(_ value: String, _ message: String) -> RuleCase {
        .refused(value, message) {
            $0.executionRoleArn = "role"
            $0.app.secrets = [secret("S", value)]
        }
    }

    static let cases: [RuleCase] = [
        .refused("a blank name", badName) { $0.app.secrets = [secret(" ")] },
        .refused("a name with =", badName) { $0.app.secrets = [secret("a=b")] },
        .refused("one name twice", "Duplicate secret names found: S. Each secret name must be unique.") {
            $0.app.secrets = [secret("S"), secret("S")]
        },
        .refused(
            "the name of a variable",
            "The secret name must be unique and not shared with any new or existing environment variables set on the "
                + "container, such as 'S'."
        ) {
            $0.app.environment = [ECS.KeyValuePair(name: "S", value: "x")]
            $0.app.secrets = [secret("S")]
        },
        .accepted("the name of a variable of another container") {
            $0.executionRoleArn = "role"
            $0.app.secrets = [secret("S")]
            $0.add("side") { $0.environment = [ECS.KeyValuePair(name: "S", value: "x")] }
        },
        .refused("no role", needsRole) { $0.app.secrets = [secret("S")] },
        .refused("no role for a log option", needsRole) {
            $0.log(.jsonFile)
            $0.app.logConfiguration?.secretOptions = [secret("tag")]
        },
        .refused("an empty role", needsRole) {
            $0.executionRoleArn = ""
            $0.app.secrets = [secret("S")]
        },
        accepts("parameter"), accepts("/path/to.a_parameter-1"), accepts("parameter:3"),
        accepts("arn:aws:ssm:us-east-1:123456789012:parameter/path/name"), accepts(arn), accepts(arn + ":key::"),
        accepts(arn + ":key:AWSPREVIOUS:9d4cb84b"),
        refuses("", "The Systems Manager parameter name specified for secret S is invalid."),
        refuses("a b", "The Systems Manager parameter name specified for secret S is invalid."),
        refuses("arn:aws:ssm:us-east-1:123456789012:document/name", "Invalid arn syntax."),
        refuses("arn:aws:s3:::bucket", "Invalid arn syntax."), refuses("arn:", "Invalid arn syntax."),
        refuses(arn + ":a:b:c:d", "Invalid arn syntax."),
        .refused("credentials by a bad ARN", "Invalid arn syntax.") {
            $0.executionRoleArn = "role"
            $0.app.repositoryCredentials = ECS.RepositoryCredentials(credentialsParameter: "arn:aws:s3:::bucket")
        },
        .refused(
            "credentials by no name", "The repositoryCredentials of container 'app' must name a secret or give its ARN."
        ) {
            $0.executionRoleArn = "role"
            $0.app.repositoryCredentials = ECS.RepositoryCredentials(credentialsParameter: "a b")
        },
        .refused(
            "credentials without a role",
            "When you are specifying repositoryCredentials, you must also specify a value for 'executionRoleArn'."
        ) { $0.app.repositoryCredentials = ECS.RepositoryCredentials(credentialsParameter: arn) },
        .accepted("credentials") {
            $0.executionRoleArn = "role"
            $0.app.repositoryCredentials = ECS.RepositoryCredentials(credentialsParameter: "hub/login")
        },
    ]

    @Test(arguments: cases) func registrationSays(_ ruleCase: RuleCase) { ruleCase.verify() }
}
