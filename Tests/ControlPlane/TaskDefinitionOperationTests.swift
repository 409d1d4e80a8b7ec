import ControlPlaneAPI
import Foundation
import Placement
import Testing

@Suite struct TaskDefinitionOperationTests {
    @Test func revisionsCountUpAndAreNeverReused() async throws {
        let plane = try TestControlPlane()
        let first = try await plane.registerTaskDefinition("web")
        let second = try await plane.registerTaskDefinition("web")
        #expect(first.hasSuffix(":task-definition/web:1"))
        #expect(second.hasSuffix(":task-definition/web:2"))
        let gone = try await plane.call("DeregisterTaskDefinition", ["taskDefinition": "web:2"])
        #expect(gone.object("taskDefinition").text("status") == "INACTIVE")
        #expect(try await plane.registerTaskDefinition("web").hasSuffix(":task-definition/web:3"))
        let latest = try await plane.call("DescribeTaskDefinition", ["taskDefinition": "web"])
        #expect(latest.object("taskDefinition")["revision"] as? Int == 3)
        let inactive = try await plane.call("DescribeTaskDefinition", ["taskDefinition": second])
        #expect(
            inactive.object("taskDefinition")["deregisteredAt"] as? Double
                == TestControlPlane.start.timeIntervalSince1970)
    }

    /// What each rule says is tested by itself; these go through the API, and nothing is left behind.
    @Test(arguments: [
        (#"{"family":"f","containerDefinitions":[]}"#, "Container list cannot be empty."),
        (
            #"{"family":"a b","containerDefinitions":[{"name":"a","image":"i","memory":9}]}"#,
            "Family contains invalid characters."
        ),
        (
            #"{"family":"f","containerDefinitions":[{"image":"i","memory":9}]}"#,
            "Container.name should not be null or empty."
        ),
        (
            #"{"family":"f","requiresCompatibilities":["FARGATE"],"containerDefinitions":[{"name":"a","image":"i"}]}"#,
            "Fargate only supports network mode ‘awsvpc’."
        ),
        (
            #"{"family":"f","containerDefinitions":[{"name":"a","image":"i","memory":9,"command":["a\u0000b"]}]}"#,
            "Container 'a' has a value that contains a NUL character."
        ),
    ]) func refuses(json: String, message: String) async throws {
        let plane = try TestControlPlane()
        let input = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any] ?? [:]
        let failure = try await plane.failure("RegisterTaskDefinition", input)
        #expect(failure.code == "ClientException")
        #expect(failure.message == message)
        let families = try await plane.call("ListTaskDefinitionFamilies")
        #expect((families["families"] as? [String])?.isEmpty == true)
    }

    /// What an instance could not do is refused when a task is to run there, not when its definition is registered.
    @Test(arguments: [
        #"{"networkMode":"awsvpc"}"#, #"{"pidMode":"host"}"#, #"{"cpu":"1 vCPU","memory":"1 GB"}"#,
        #"{"volumes":[{"name":"v"}],"taskRoleArn":"role"}"#,
        #"{"requiresCompatibilities":["FARGATE"],"networkMode":"awsvpc","cpu":"256","memory":"512"}"#,
    ]) func acceptsWhatECSAccepts(json: String) async throws {
        let plane = try TestControlPlane()
        var input = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any] ?? [:]
        input["family"] = "f"
        input["containerDefinitions"] = [["name": "a", "image": "i", "memory": 9, "privileged": false]]
        let definition = try await plane.call("RegisterTaskDefinition", input).object("taskDefinition")
        #expect(definition.text("status") == "ACTIVE")
    }

    @Test func aDefinitionCanBeTooLong() async throws {
        let plane = try TestControlPlane()
        let container: [String: Any] = [
            "name": "a", "image": "i", "memory": 9, "command": [String(repeating: "x", count: 65_536)],
        ]
        let failure = try await plane.failure(
            "RegisterTaskDefinition", ["family": "f", "containerDefinitions": [container]])
        #expect(failure.code == "ClientException")
        #expect(failure.message.hasPrefix("Actual length: '"))
        #expect(failure.message.hasSuffix("'. Max allowed length is '65536' bytes."))
    }

    @Test func listsInOrderByPage() async throws {
        let plane = try TestControlPlane()
        for family in ["b", "a", "ab"] { for _ in 0..<12 { try await plane.registerTaskDefinition(family) } }
        _ = try await plane.call("DeregisterTaskDefinition", ["taskDefinition": "a:3"])
        let everything = try await pages(plane, "ListTaskDefinitions", "taskDefinitionArns", ["maxResults": 5])
        let names = everything.map { String($0.split(separator: "/")[1]) }
        #expect(names == expected("a", 12).filter { $0 != "a:3" } + expected("ab", 12) + expected("b", 12))
        let down = try await pages(
            plane, "ListTaskDefinitions", "taskDefinitionArns", ["maxResults": 7, "sort": "DESC"])
        #expect(down == everything.reversed())
        let one = try await pages(plane, "ListTaskDefinitions", "taskDefinitionArns", ["familyPrefix": "a"])
        #expect(one.count == 11)
        let inactive = try await pages(plane, "ListTaskDefinitions", "taskDefinitionArns", ["status": "INACTIVE"])
        #expect(inactive.map { String($0.split(separator: "/")[1]) } == ["a:3"])
    }

    /// Pages hold every revision that was there all along, in order and once, whatever comes and goes meanwhile.
    @Test(arguments: 0..<20) func pagesAreStableWhileRevisionsComeAndGo(seed: UInt64) async throws {
        let plane = try TestControlPlane(seed: seed)
        var generator = SeededGenerator(seed: seed)
        let families = ["a", "ab", "b-1", "b_2", "c"]
        for _ in 0..<40 { try await plane.registerTaskDefinition(families.randomElement(using: &generator) ?? "a") }
        let before = try await pages(plane, "ListTaskDefinitions", "taskDefinitionArns", [:])
        let isDescending = Bool.random(using: &generator)
        let family = Bool.random(using: &generator) ? families.randomElement(using: &generator) : nil
        var input: [String: Any] = [
            "maxResults": Int.random(in: 1...7, using: &generator), "sort": isDescending ? "DESC" : "ASC",
        ]
        input["familyPrefix"] = family
        var seen: [String] = []
        var gone: Set<String> = []
        repeat {
            let page = try await plane.call("ListTaskDefinitions", input)
            seen += page["taskDefinitionArns"] as? [String] ?? []
            input["nextToken"] = page["nextToken"] as? String
            try await plane.registerTaskDefinition(families.randomElement(using: &generator) ?? "a")
            let target = before.randomElement(using: &generator) ?? ""
            if !gone.contains(target) {
                _ = try await plane.call("DeregisterTaskDefinition", ["taskDefinition": target])
            }
            gone.insert(target)
            if Bool.random(using: &generator) {
                _ = try await plane.call("DeleteTaskDefinitions", ["taskDefinitions": [target]])
            }
        } while input["nextToken"] != nil && seen.count < 1000
        let listed = isDescending ? Array(seen.reversed()) : seen
        #expect(Set(seen).count == seen.count)
        let kept = before.filter { arn in
            !gone.contains(arn) && (family == nil || arn.contains("/\(family ?? ""):"))
        }
        #expect(listed.filter(Set(kept).contains) == kept)
        #expect(listed == listed.sorted { Self.order($0) < Self.order($1) })
    }

    /// A list's order: family, then number.
    private static func order(_ arn: String) -> (String, Int) {
        let parts = (arn.split(separator: "/").last ?? "").split(separator: ":")
        return (String(parts[0]), Int(parts[1]) ?? 0)
    }

    @Test func listsFamiliesByPrefixAndStatus() async throws {
        let plane = try TestControlPlane()
        for family in ["web", "web-api", "worker", "a"] { try await plane.registerTaskDefinition(family) }
        _ = try await plane.call("DeregisterTaskDefinition", ["taskDefinition": "web-api:1"])
        func families(_ input: [String: Any]) async throws -> [String] {
            try await pages(plane, "ListTaskDefinitionFamilies", "families", input)
        }
        #expect(try await families(["maxResults": 1]) == ["a", "web", "web-api", "worker"])
        #expect(try await families(["familyPrefix": "web"]) == ["web", "web-api"])
        #expect(try await families(["familyPrefix": "w", "maxResults": 1]) == ["web", "web-api", "worker"])
        #expect(try await families(["status": "ACTIVE"]) == ["a", "web", "worker"])
        #expect(try await families(["status": "INACTIVE"]) == ["web-api"])
    }

    @Test(arguments: [
        ("nope", "Unable to describe task definition."), ("web:9", "Unable to describe task definition."),
        ("web:x", "Invalid revision number. Number: x"), ("web:01", "Invalid revision number. Number: 01"),
        ("arn:aws:ecs:r:1:cluster/web", "The ARN provided is invalid."),
    ]) func describesNothingThatIsNot(reference: String, message: String) async throws {
        let plane = try TestControlPlane()
        try await plane.registerTaskDefinition("web")
        let failure = try await plane.failure("DescribeTaskDefinition", ["taskDefinition": reference])
        #expect(failure.message.hasPrefix(message))
    }

    private func expected(_ family: String, _ count: Int) -> [String] { (1...count).map { "\(family):\($0)" } }
}

/// Everything that a list operation gives, page by page.
func pages(_ plane: TestControlPlane, _ operation: String, _ member: String, _ input: [String: Any]) async throws
    -> [String]
{
    var items: [String] = []
    var input = input
    repeat {
        let page = try await plane.call(operation, input)
        items += page[member] as? [String] ?? []
        input["nextToken"] = page["nextToken"] as? String
    } while input["nextToken"] != nil
    return items
}
