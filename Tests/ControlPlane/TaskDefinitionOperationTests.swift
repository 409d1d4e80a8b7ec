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

    struct BadDefinition: Sendable, CustomTestStringConvertible {
        var name: String
        var json: String
        var message: String
        var testDescription: String { name }
    }

    static let bad: [BadDefinition] = [
        .init(name: "no containers", json: #"{"family":"f","containerDefinitions":[]}"#, message: "cannot be empty"),
        .init(
            name: "bad family", json: #"{"family":"a b","containerDefinitions":[{"name":"a","image":"i","memory":9}]}"#,
            message: "Family"),
        .init(
            name: "no name", json: #"{"family":"f","containerDefinitions":[{"image":"i","memory":9}]}"#,
            message: "Container.name should not be null or empty."),
        .init(
            name: "no image", json: #"{"family":"f","containerDefinitions":[{"name":"a","memory":9}]}"#,
            message: "Container.image should not be null or empty."),
        .init(
            name: "an image that is an option",
            json: #"{"family":"f","containerDefinitions":[{"name":"a","image":"--privileged","memory":9}]}"#,
            message: "Container.image contains invalid characters."),
        .init(
            name: "no memory", json: #"{"family":"f","containerDefinitions":[{"name":"a","image":"i"}]}"#,
            message: "At least one of 'memory' or 'memoryReservation'"),
        .init(
            name: "less memory than reserved",
            json:
                #"{"family":"f","containerDefinitions":[{"name":"a","image":"i","memory":9,"memoryReservation":10}]}"#,
            message: "greater than or equal"),
        .init(
            name: "one name twice",
            json:
                #"{"family":"f","containerDefinitions":[{"name":"a","image":"i","memory":9},{"name":"a","image":"i","memory":9}]}"#,
            message: "Container names must be unique within a task definition"),
        .init(
            name: "nothing essential",
            json: #"{"family":"f","containerDefinitions":[{"name":"a","image":"i","memory":9,"essential":false}]}"#,
            message: "essential container"),
        .init(
            name: "host port differs",
            json:
                #"{"family":"f","networkMode":"host","containerDefinitions":[{"name":"a","image":"i","memory":9,"portMappings":[{"containerPort":80,"hostPort":81}]}]}"#,
            message: "When networkMode=host, the host ports and container ports in port mappings must match."),
        .init(
            name: "one host port twice",
            json:
                #"{"family":"f","containerDefinitions":[{"name":"a","image":"i","memory":9,"portMappings":[{"containerPort":80,"hostPort":8080},{"containerPort":81,"hostPort":8080}]}]}"#,
            message: "host port 8080/tcp is used multiple times"),
        .init(
            name: "ports without a network",
            json:
                #"{"family":"f","networkMode":"none","containerDefinitions":[{"name":"a","image":"i","memory":9,"portMappings":[{"containerPort":80}]}]}"#,
            message: "networkMode=none"),
        .init(
            name: "a NUL",
            json:
                #"{"family":"f","containerDefinitions":[{"name":"a","image":"i","memory":9,"command":["a\u0000b"]}]}"#,
            message: "NUL"),
        .init(
            name: "a reserved label",
            json:
                #"{"family":"f","containerDefinitions":[{"name":"a","image":"i","memory":9,"dockerLabels":{"com.amazonaws.ecs.cluster":"x"}}]}"#,
            message: "reserved"),
    ]

    @Test(arguments: bad) func refuses(definition: BadDefinition) async throws {
        let plane = try TestControlPlane()
        let input = try JSONSerialization.jsonObject(with: Data(definition.json.utf8)) as? [String: Any] ?? [:]
        let failure = try await plane.failure("RegisterTaskDefinition", input)
        #expect(failure.code == "ClientException")
        #expect(failure.message.contains(definition.message))
        let families = try await plane.call("ListTaskDefinitionFamilies")
        #expect((families["families"] as? [String])?.isEmpty == true)
    }

    @Test func elevenContainersAreTooMany() async throws {
        let plane = try TestControlPlane()
        let containers = (0..<11).map { ["name": "c\($0)", "image": "i", "memory": 9] as [String: Any] }
        let failure = try await plane.failure(
            "RegisterTaskDefinition", ["family": "f", "containerDefinitions": containers])
        #expect(failure.message.contains("at most 10"))
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
