import AWSModels
import Testing

@Suite struct EnvironmentRuleTests {
    static let blank = "Environment variable name cannot be null or blank."
    static let tooMany = "The maximum number of environment files was exceeded. Specify ten or less and try again"

    static func unfit(_ name: String) -> String {
        "The environment variable '\(name)' of container 'app' contains a character that no environment can hold."
    }

    static func file(_ value: String) -> ECS.EnvironmentFile { ECS.EnvironmentFile(type: .s3, value: value) }

    static let cases: [RuleCase] = [
        .refused("no name", blank) { $0.app.environment = [ECS.KeyValuePair(value: "x")] },
        .refused("a blank name", blank) { $0.app.environment = [ECS.KeyValuePair(name: " ", value: "x")] },
        .refused("a name with =", unfit("a=b")) { $0.app.environment = [ECS.KeyValuePair(name: "a=b", value: "x")] },
        .refused("a value with NUL", unfit("a")) { $0.app.environment = [ECS.KeyValuePair(name: "a", value: "\0")] },
        .refused("a long name with =", unfit("=" + String(repeating: "n", count: 59))) {
            $0.app.environment = [ECS.KeyValuePair(name: "=" + String(repeating: "n", count: 200), value: "")]
        },
        .accepted("any other value") {
            $0.app.environment = [
                ECS.KeyValuePair(name: "spring.profiles.active", value: "a=b\n"),
                ECS.KeyValuePair(name: "E", value: ""),
            ]
        },
        .refused("11 files", tooMany) {
            $0.app.environmentFiles = (1...11).map { file("arn:aws:s3:::bucket/\($0).env") }
        },
        .accepted("10 files") { $0.app.environmentFiles = (1...10).map { file("arn:aws:s3:::bucket/\($0).env") } },
        .refused("a file by its URL", "Invalid arn syntax.") { $0.app.environmentFiles = [file("s3://bucket/a.env")] },
        .refused("a bucket", "Invalid arn syntax.") { $0.app.environmentFiles = [file("arn:aws:s3:::bucket")] },
        .refused("a relative file", "Invalid arn syntax.") { $0.app.environmentFiles = [file("file://etc/a.env")] },
        .refused("a file with a line break", "Invalid arn syntax.") {
            $0.app.environmentFiles = [file("file:///etc/\n.env")]
        },
        .refused("no host", "Invalid arn syntax.") { $0.app.environmentFiles = [file("http:///a.env")] },
        .refused("a space in a URL", "Invalid arn syntax.") { $0.app.environmentFiles = [file("http://h/a b.env")] },
        .refused(
            "a page that is no file",
            "The environment file 'https://h/a?x=.env' of container 'app' must have the extension .env."
        ) { $0.app.environmentFiles = [file("https://h/a?x=.env")] },
        .accepted("files of one's own") {
            $0.app.environmentFiles = [
                file("file:///etc/app 1.env"), file("http://h:8080/a.env"), file("https://h/a.env?signature=x"),
            ]
        },
        .refused(
            "another extension",
            "The environment file 'arn:aws:s3:::bucket/a.txt' of container 'app' must have the extension .env."
        ) { $0.app.environmentFiles = [file("arn:aws:s3:::bucket/a.txt")] },
        .accepted("a file in a folder") { $0.app.environmentFiles = [file("arn:aws-cn:s3:::bucket/a/b.env")] },
    ]

    @Test(arguments: cases) func registrationSays(_ ruleCase: RuleCase) { ruleCase.verify() }
}
