import AWSModels
import Testing

@Suite struct DependencyRuleTests {
    static func on(_ name: String, _ condition: ECS.ContainerCondition = .start) -> [ECS.ContainerDependency] {
        [ECS.ContainerDependency(condition: condition, containerName: name)]
    }

    static let essential = "A dependency container with SUCCESS or COMPLETE condition cannot be an essential container"
    static let healthy = "A dependency container with HEALTHY condition must have health check configured"
    static let unknown = "Cannot depend on container + 'nope' because it does not exist"

    static let cases: [RuleCase] = [
        .refused("an unknown container", unknown) { $0.app.dependsOn = on("nope") },
        .refused("itself", "Container 'app' cannot depend on itself") { $0.app.dependsOn = on("app") },
        .refused("the success of an essential one", essential) {
            $0.add("init") { $0.essential = true }
            $0.app.dependsOn = on("init", .success)
        },
        .refused("the end of one that is essential by default", essential) {
            $0.add("init") { $0.essential = nil }
            $0.app.dependsOn = on("init", .complete)
        },
        .accepted("the success of one that is not essential") {
            $0.add("init")
            $0.app.dependsOn = on("init", .success)
        },
        .refused("the health of one without a check", healthy) {
            $0.add("db")
            $0.app.dependsOn = on("db", .healthy)
        },
        .accepted("the health of one with a check") {
            $0.add("db") { $0.healthCheck = ECS.HealthCheck(command: ["CMD", "true"]) }
            $0.app.dependsOn = on("db", .healthy)
        },
        .refused(
            "a link to nothing",
            "Invalid 'links' setting. Unknown container: 'nope'"
        ) { $0.app.links = ["nope:db"] },
        .refused("a link of three", "Invalid 'links' setting. 'a:b:c' must be name or name:alias.") {
            $0.app.links = ["a:b:c"]
        },
        .refused("a link without an alias", "Invalid 'links' setting. 'app:' must be name or name:alias.") {
            $0.app.links = ["app:"]
        },
        .refused("a link to itself", "Container links should not have a cycle") { $0.app.links = ["app"] },
        .refused("links in a circle", "Container links should not have a cycle") {
            $0.app.links = ["db:database"]
            $0.add("db") { $0.links = ["app"] }
        },
        .accepted("links in a row") {
            $0.app.links = ["db:database", "cache"]
            $0.add("db") { $0.links = ["cache"] }
            $0.add("cache")
        },
        .refused("volumes from nothing", "Invalid 'volumesFrom' setting. Unknown container: 'nope'") {
            $0.app.volumesFrom = [ECS.VolumeFrom(sourceContainer: "nope")]
        },
        .refused("a circle", "Container dependencies should not have a cycle: a -> b -> c -> a") {
            $0.app.dependsOn = on("a")
            $0.add("a") { $0.dependsOn = on("b") }
            $0.add("b") { $0.dependsOn = on("c") }
            $0.add("c") { $0.dependsOn = on("a") }
        },
        .refused("a circle of three kinds", "Container dependencies should not have a cycle: a -> b -> c -> a") {
            $0.add("a") { $0.dependsOn = on("b") }
            $0.add("b") { $0.links = ["c"] }
            $0.add("c") { $0.volumesFrom = [ECS.VolumeFrom(sourceContainer: "a")] }
        },
        .refused("volumes from itself", "Container dependencies should not have a cycle: app -> app") {
            $0.app.volumesFrom = [ECS.VolumeFrom(sourceContainer: "app")]
        },
        .accepted("a diamond") {
            $0.app.dependsOn = on("a") + on("b")
            $0.add("a") { $0.dependsOn = on("c") }
            $0.add("b") { $0.volumesFrom = [ECS.VolumeFrom(sourceContainer: "c")] }
            $0.add("c")
        },
    ]

    @Test(arguments: cases) func registrationSays(_ ruleCase: RuleCase) { ruleCase.verify() }
}
