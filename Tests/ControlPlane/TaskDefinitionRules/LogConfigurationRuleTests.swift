import AWSModels
import Testing

@testable import ControlPlaneAPI

@Suite struct LogConfigurationRuleTests {
    static let group = ["awslogs-group": "g", "awslogs-region": "r"]

    static func badMode(_ mode: String) -> String {
        "The log option mode of container 'app' should be one of [blocking,non-blocking]; found '\(mode)'."
    }

    static func badSize(_ size: String) -> String {
        "The log option max-buffer-size of container 'app' must be a number of bytes, or one with k, m or g; found "
            + "'\(size)'."
    }

    static let cases: [RuleCase] = [
        .refused("awslogs without options", "Log driver awslogs requires options: awslogs-region, awslogs-group") {
            $0.log(.awslogs)
        },
        .refused("awslogs without a group", "Log driver awslogs requires options: awslogs-group") {
            $0.log(.awslogs, ["awslogs-region": "r"])
        },
        .accepted("awslogs") { $0.log(.awslogs, group) },
        .refused("splunk without a token", "Log driver splunk requires options: splunk-token") {
            $0.log(.splunk, ["splunk-url": "https://splunk.example.com"])
        },
        .accepted("splunk with a secret token") {
            $0.executionRoleArn = "role"
            $0.log(.splunk, ["splunk-url": "https://splunk.example.com"])
            $0.app.logConfiguration?.secretOptions = [ECS.Secret(name: "splunk-token", valueFrom: "token")]
        },
        .refused("gelf without an address", "Log driver gelf requires options: gelf-address") { $0.log(.gelf) },
        .refused("an option of another program", "Log driver awslogs disallows options: a, log_key") {
            $0.log(.awslogs, group.merging(["log_key": "log", "a": ""]) { $1 })
        },
        .accepted("any option of awsfirelens") {
            $0.log(.awsfirelens, ["Name": "datadog", "log_key": "log"])
            $0.add("router") { $0.firelensConfiguration = ECS.FirelensConfiguration(type: .fluentbit) }
        },
        .accepted("json-file") { $0.log(.jsonFile, ["max-size": "10m", "mode": "non-blocking", "tag": "t"]) },
        .accepted("syslog, with nothing") { $0.log(.syslog) },
        .refused(
            "NUL",
            "A log option of container 'app' contains a NUL character."
        ) { $0.log(.jsonFile, ["tag": "\0"]) },
        .refused("an unknown mode", badMode("async")) { $0.log(.jsonFile, ["mode": "async"]) },
        .refused("a size of words", badSize("big")) { $0.log(.jsonFile, ["max-buffer-size": "big"]) },
        .refused("a size of nothing", badSize("0m")) { $0.log(.jsonFile, ["max-buffer-size": "0m"]) },
        .refused("a size with another unit", badSize("1x")) { $0.log(.jsonFile, ["max-buffer-size": "1x"]) },
        .accepted("sizes") { $0.log(.journald, ["max-buffer-size": "25MB", "mode": "blocking"]) },
        .refused(
            "create-group of words",
            "The log option awslogs-create-group of container 'app' should be one of [true,false]; found 'yes'."
        ) { $0.log(.awslogs, group.merging(["awslogs-create-group": "yes"]) { $1 }) },
        .accepted("create-group") { $0.log(.awslogs, group.merging(["awslogs-create-group": "True"]) { $1 }) },
        .refused(
            "awsfirelens without a router",
            "When awsfirelens log driver is specified in log configuration, a firelens configuration object must be "
                + "configured in one of the containers."
        ) { $0.log(.awsfirelens) },
    ]

    @Test(arguments: cases) func registrationSays(_ ruleCase: RuleCase) { ruleCase.verify() }

    @Test func everyDriverHasItsOptions() {
        for driver in ECS.LogDriver.allKnown where driver != .awsfirelens {
            let options = LogDrivers.options(of: driver)
            #expect(options.known?.isSuperset(of: options.required) == true, "\(driver.rawValue)")
        }
    }
}
