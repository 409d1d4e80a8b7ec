import AWSModels
import Testing

@Suite struct HealthCheckRuleTests {
    static func outside(_ field: String, _ range: String) -> String {
        "Invalid health check '\(field)' setting for container 'app'. It must be from \(range)."
    }

    static func check(
        _ command: [String] = ["CMD", "true"], interval: Int? = nil, retries: Int? = nil, startPeriod: Int? = nil,
        timeout: Int? = nil
    ) -> ECS.HealthCheck {
        ECS.HealthCheck(
            command: command, interval: interval, retries: retries, startPeriod: startPeriod, timeout: timeout)
    }

    static let cases: [RuleCase] = [
        .refused("no command", "HealthCheck.command should not be null or empty.") { $0.app.healthCheck = check([]) },
        .refused("nothing after CMD", "The health check command of container 'app' has nothing to run after CMD.") {
            $0.app.healthCheck = check(["CMD"])
        },
        .refused("NUL in a command", "The health check command of container 'app' contains a NUL character.") {
            $0.app.healthCheck = check(["CMD", "\0"])
        },
        .accepted("a shell command") {
            $0.app.healthCheck = check([
                "CMD-SHELL",
                "curl -f http://localhost/ || "
                    + "exit 1",
            ])
        },
        .accepted("a command without CMD") { $0.app.healthCheck = check(["true"]) },
        .refused("an interval of 4", outside("interval", "5 to 300 seconds")) {
            $0.app.healthCheck = check(interval: 4)
        },
        .refused("an interval of 301", outside("interval", "5 to 300 seconds")) {
            $0.app.healthCheck = check(interval: 301)
        },
        .refused("a time-out of 1", outside("timeout", "2 to 60 seconds")) { $0.app.healthCheck = check(timeout: 1) },
        .refused("no retries", outside("retries", "1 to 10 retries")) { $0.app.healthCheck = check(retries: 0) },
        .refused("a start of 301", outside("startPeriod", "0 to 300 seconds")) {
            $0.app.healthCheck = check(startPeriod: 301)
        },
        .accepted("the least of each") {
            $0.app.healthCheck = check(interval: 5, retries: 1, startPeriod: 0, timeout: 2)
        },
        .accepted("the most of each") {
            $0.app.healthCheck = check(interval: 300, retries: 10, startPeriod: 300, timeout: 60)
        },
    ]

    @Test(arguments: cases) func registrationSays(_ ruleCase: RuleCase) { ruleCase.verify() }
}
