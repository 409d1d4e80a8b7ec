import AWSModels
import Testing

@Suite struct FirelensRuleTests {
    static func invalid(_ what: String) -> String { "Invalid firelensConfiguration of container 'router'. \(what)" }

    static func refuses(_ name: String, _ message: String, _ options: [String: String]) -> RuleCase {
        .refused(name, message) { route(&$0, options) }
    }

    @Sendable static func route(_ request: inout ECS.RegisterTaskDefinitionRequest, _ options: [String: String]) {
        request.log(.awsfirelens)
        request.add("router") {
            $0.firelensConfiguration = ECS.FirelensConfiguration(options: options, type: .fluentbit)
        }
    }

    static let s3 = ["config-file-type": "s3", "config-file-value": "arn:aws:s3:::bucket/fluent.conf"]

    static let cases: [RuleCase] = [
        .accepted("a router") { route(&$0, [:]) },
        .refused("two routers", "Only one container of a task definition can have a firelensConfiguration.") {
            route(&$0, [:])
            $0.app.firelensConfiguration = ECS.FirelensConfiguration(type: .fluentd)
        },
        .refused(
            "a router that nobody uses",
            "When a firelensConfiguration object is specified, at least one container has to be configured with the "
                + "awsfirelens log driver."
        ) { $0.app.firelensConfiguration = ECS.FirelensConfiguration(type: .fluentd) },
        refuses(
            "an unknown option",
            invalid(
                "Options should be some of [enable-ecs-log-metadata,config-file-type,config-file-value]; found 'a'."),
            ["a": "", "b": ""]),
        refuses(
            "metadata of words", invalid("enable-ecs-log-metadata should be one of [true,false]; found 'yes'."),
            ["enable-ecs-log-metadata": "yes"]),
        refuses(
            "an unknown type", invalid("config-file-type should be one of [s3,file]; found 'http'."),
            ["config-file-type": "http", "config-file-value": "x"]),
        refuses(
            "a type without a file", invalid("config-file-type and config-file-value must be given together."),
            ["config-file-type": "file"]),
        refuses(
            "a URL of S3", "Invalid arn syntax.",
            ["config-file-type": "s3", "config-file-value": "s3://bucket/fluent.conf"]),
        refuses(
            "a relative file", invalid("config-file-value must be an absolute path; found 'fluent.conf'."),
            ["config-file-type": "file", "config-file-value": "fluent.conf"]),
        .accepted("a file of S3") { route(&$0, s3) },
        .accepted("all options") {
            route(
                &$0,
                [
                    "enable-ecs-log-metadata": "true", "config-file-type": "file",
                    "config-file-value": "/fluent-bit/etc/extra.conf",
                ])
        },
        .refused(
            "a file of S3 on Fargate",
            "Fargate launch type does not support FirelensConfiguration config file "
                + "from 's3'"
        ) {
            $0.becomeFargate()
            route(&$0, s3)
        },
    ]

    @Test(arguments: cases) func registrationSays(_ ruleCase: RuleCase) { ruleCase.verify() }
}
