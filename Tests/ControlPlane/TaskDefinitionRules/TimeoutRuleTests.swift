import AWSModels
import Testing

@Suite struct TimeoutRuleTests {
    static let cases: [RuleCase] = [
        .refused(
            "no time to start",
            "Invalid 'startTimeout' setting for container 'app'. It must be from 1 to 86400 seconds."
        ) {
            $0.app.startTimeout = 0
        },
        .refused(
            "no time to stop",
            "Invalid 'stopTimeout' setting for container 'app'. It must be from 1 to 86400 seconds."
        ) {
            $0.app.stopTimeout = 0
        },
        .refused(
            "more than a day", "Invalid 'stopTimeout' setting for container 'app'. It must be from 1 to 86400 seconds."
        ) { $0.app.stopTimeout = 86_401 },
        .accepted("an hour on EC2") {
            $0.app.startTimeout = 3600
            $0.app.stopTimeout = 3600
        },
        .refused(
            "a second to start on Fargate",
            "Granular start timeout on container 'app' must be at least 2 seconds."
        ) {
            $0.becomeFargate()
            $0.app.startTimeout = 1
        },
        .refused(
            "long start on Fargate",
            "Tasks using the Fargate launch type must have a container start timeout of less than 120 seconds."
        ) {
            $0.becomeFargate()
            $0.app.startTimeout = 121
        },
        .refused(
            "a second to stop on Fargate",
            "Granular stop timeout on container 'app' must be at least 2 seconds."
        ) {
            $0.becomeFargate()
            $0.app.stopTimeout = 1
        },
        .refused(
            "long stop on Fargate",
            "Tasks using the Fargate launch type must have a container stop timeout of less than 120 seconds."
        ) {
            $0.becomeFargate()
            $0.app.stopTimeout = 121
        },
        .accepted("what Fargate takes") {
            $0.becomeFargate()
            $0.app.startTimeout = 2
            $0.app.stopTimeout = 120
        },
    ]

    @Test(arguments: cases) func registrationSays(_ ruleCase: RuleCase) { ruleCase.verify() }
}
