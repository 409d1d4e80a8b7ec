import AWSModels
import Testing

@Suite struct IdentityRuleTests {
    static let invalidImage = "Container.image contains invalid characters."
    static let invalidDigest =
        "Invalid 'image' setting for container 'app'. A digest must be sha256: and 64 "
        + "hexadecimal digits."
    static let digest = String(repeating: "aB3", count: 21) + "f"

    static let cases: [RuleCase] = [
        .accepted("the least there can be") { _ in },
        .refused("no family", "Family should not be null or empty.") { $0.family = nil },
        .refused("an empty family", "Family should not be null or empty.") { $0.family = "" },
        .refused("a family with a colon", "Family contains invalid characters.") { $0.family = "web:1" },
        .refused("a family of 256", "Family contains invalid characters.") {
            $0.family = String(repeating: "f", count: 256)
        },
        .accepted("a family of 255") { $0.family = String(repeating: "f", count: 255) },
        .refused("no list of containers", "Container list cannot be empty.") { $0.containerDefinitions = nil },
        .refused("no container", "Container list cannot be empty.") { $0.containerDefinitions = [] },
        .refused("11 containers", "Too many containers.") { for n in 1...10 { $0.add("c\(n)") } },
        .accepted("10 containers") { for n in 1...9 { $0.add("c\(n)") } },
        .refused("no name", "Container.name should not be null or empty.") { $0.app.name = nil },
        .refused("an empty name", "Container.name should not be null or empty.") { $0.app.name = "" },
        .refused("a name with a space", "Container.name contains invalid characters.") { $0.app.name = "-it x" },
        .accepted("all that a name can have") { $0.app.name = "App_1-b" },
        .refused("one name twice", "Container names must be unique within a task definition") { $0.add("app") },
        .accepted("names that differ in case") { $0.add("App") },
        .refused("no image", "Container.image should not be null or empty.") { $0.app.image = nil },
        .refused("an image with a space", invalidImage) { $0.app.image = "a b" },
        .refused("an image that is an option", invalidImage) { $0.app.image = "--privileged" },
        .refused("an image with a variable", invalidImage) { $0.app.image = "$IMAGE:1" },
        .refused("an image of 256", invalidImage) { $0.app.image = String(repeating: "x", count: 256) },
        .accepted("an image of 255") { $0.app.image = String(repeating: "x", count: 255) },
        .accepted("a registry with a port") { $0.app.image = "registry.example:5000/a/b_c:tag-1.0" },
        .accepted("a digest") { $0.app.image = "busybox:1@sha256:\(digest)" },
        .refused("a digest that is too short", invalidDigest) { $0.app.image = "busybox@sha256:abc" },
        .refused("a digest of another kind", invalidDigest) { $0.app.image = "busybox@sha512:\(digest)" },
        .refused("two digests", invalidDigest) { $0.app.image = "busybox@sha256:\(digest)@sha256:\(digest)" },
        .refused("nothing essential", "Task definition doesn't have any essential container") {
            $0.app.essential = false
        },
        .accepted("one essential of two") { $0.add("side") },
    ]

    @Test(arguments: cases) func registrationSays(_ ruleCase: RuleCase) { ruleCase.verify() }
}
