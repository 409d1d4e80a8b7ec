import AWSModels
import Testing

@Suite struct ProcessRuleTests {
    static let hasNUL = "Container 'app' has a value that contains a NUL character."
    static let badUser = "The user of container 'app' must be user[:group] or uid[:gid]."
    static let badDirectory = "The workingDirectory of container 'app' must be an absolute path."
    static let badLabel = "Container 'app' has a docker label whose key is empty or contains '='."

    static let cases: [RuleCase] = [
        .refused("NUL in a command", hasNUL) { $0.app.command = ["a\0b"] },
        .refused("NUL in an entry point", hasNUL) { $0.app.entryPoint = ["a\0b"] },
        .refused("NUL in a label", hasNUL) { $0.app.dockerLabels = ["a": "\0"] },
        .accepted("any other command") { $0.app.command = ["", "--", "-v/:/host", "a\nb", "ü"] },
        .refused("a user that is an option", badUser) { $0.app.user = "--privileged" },
        .refused("a user with a space", badUser) { $0.app.user = "a b" },
        .accepted("user and group") { $0.app.user = "1000:users" },
        .accepted("an empty user") { $0.app.user = "" },
        .refused("a relative directory", badDirectory) { $0.app.workingDirectory = "tmp" },
        .refused("a directory with a line break", badDirectory) { $0.app.workingDirectory = "/a\nb" },
        .accepted("an absolute directory") { $0.app.workingDirectory = "/srv/the app" },
        .refused("a Windows directory on Linux", badDirectory) { $0.app.workingDirectory = #"C:\app"# },
        .accepted("a Windows directory on Windows") {
            $0.runtimePlatform = ECS.RuntimePlatform(operatingSystemFamily: .windowsServer2022Core)
            $0.app.workingDirectory = #"C:\app"#
        },
        .refused("a label without a key", badLabel) { $0.app.dockerLabels = ["": "x"] },
        .refused("a label key with =", badLabel) { $0.app.dockerLabels = ["a=b": "x"] },
        .refused(
            "a label of ECS", "The docker label 'com.amazonaws.ecs.cluster' of container 'app' is reserved."
        ) { $0.app.dockerLabels = ["com.amazonaws.ecs.cluster": "x"] },
        .refused("a label of ours", "The docker label 'stevedore.task' of container 'app' is reserved.") {
            $0.app.dockerLabels = ["stevedore.task": "x"]
        },
        .accepted("a label") { $0.app.dockerLabels = ["com.example.a": "b=c"] },
    ]

    @Test(arguments: cases) func registrationSays(_ ruleCase: RuleCase) { ruleCase.verify() }
}
