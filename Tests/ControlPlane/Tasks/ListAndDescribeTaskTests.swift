import AWSModels
import Foundation
import Placement
import Testing

@testable import ControlPlaneAPI
@testable import ControlPlaneState

@Suite struct ListAndDescribeTaskTests {
    @Test func describesInTheOrderAskedAndOnce() async throws {
        let plane = try TestControlPlane()
        try await plane.registerInstance(cpu: 8192)
        try await plane.registerTaskDefinition("web", cpu: 1, memory: 6)
        var arns: [String] = []
        for _ in 0..<3 { arns.append(try await plane.runTask("web", ["tags": [["key": "k", "value": "v"]]])) }
        let unknown = String(repeating: "0", count: 32)
        let short = String(arns[2].split(separator: "/").last ?? "")
        let output = try await plane.call(
            "DescribeTasks", ["tasks": [arns[1], unknown, short, arns[0], arns[1], unknown, arns[2]]])
        #expect(output.list("tasks").map { $0.text("taskArn") } == [arns[1], arns[2], arns[0]])
        #expect(
            output.list("failures").map { $0.text("arn") }
                == ["arn:aws:ecs:us-east-1:123456789012:task/default/\(unknown)"])
        #expect(output.list("tasks").allSatisfy { $0.list("tags").isEmpty })
        let tagged = try await plane.call("DescribeTasks", ["tasks": arns, "include": ["TAGS"]])
        #expect(tagged.list("tasks").allSatisfy { $0.list("tags").map { $0.text("key") } == ["k"] })
    }

    /// The members that real answers of ECS have for a task on a container instance, and no others.
    @Test func showsWhatECSShows() async throws {
        let plane = try TestControlPlane()
        try await plane.registerInstance()
        try await plane.registerTaskDefinition("web", cpu: 10, memory: 64)
        let overrides: [String: Any] = [
            "containerOverrides": [["name": "app", "command": ["x"], "memoryReservation": 9]]
        ]
        let arn = try await plane.runTask("web", ["overrides": overrides, "startedBy": "me"])
        let task = try await plane.call("DescribeTasks", ["tasks": [arn]]).list("tasks")[0]
        #expect(
            Set(task.keys) == [
                "attachments", "attributes", "clusterArn", "connectivity", "connectivityAt", "containerInstanceArn",
                "containers", "cpu", "createdAt", "desiredStatus", "enableExecuteCommand", "group", "healthStatus",
                "lastStatus", "launchType", "memory", "overrides", "startedBy", "tags", "taskArn", "taskDefinitionArn",
                "version",
            ])
        #expect((task.text("cpu"), task.text("memory")) == ("10", "9"))
        #expect(
            Set(task.list("containers")[0].keys) == [
                "containerArn", "cpu", "healthStatus", "image", "lastStatus", "memory", "memoryReservation", "name",
                "networkBindings", "networkInterfaces", "taskArn",
            ])
        let shown = task.object("overrides")
        #expect(NSArray(array: shown.list("containerOverrides")).isEqual(to: overrides.list("containerOverrides")))
        #expect(shown["inferenceAcceleratorOverrides"] as? [String] == [])
        #expect(Set(shown.keys) == ["containerOverrides", "inferenceAcceleratorOverrides"])
    }

    @Test func everyChangeCountsUpTheVersion() async throws {
        let plane = try TestControlPlane()
        try await plane.registerInstance()
        try await plane.registerTaskDefinition()
        let arn = try await plane.runTask()
        func version() async throws -> Int? {
            try await plane.call("DescribeTasks", ["tasks": [arn]]).list("tasks")[0]["version"] as? Int
        }
        #expect(try await version() == 1)
        for (status, expected) in [("RUNNING", 2), ("RUNNING", 2)] {
            _ = try await plane.call("SubmitTaskStateChange", ["task": arn, "status": status])
            #expect(try await version() == expected)
        }
        for _ in 0..<2 {
            _ = try await plane.call("StopTask", ["task": arn])
            #expect(try await version() == 3)
        }
        _ = try await plane.call("SubmitTaskStateChange", ["task": arn, "status": "STOPPED"])
        #expect(try await version() == 4)
    }

    /// Each filter with each other, against asking every task.
    @Test func filtersInEveryCombination() async throws {
        let plane = try TestControlPlane()
        let instances = [try await plane.registerInstance(cpu: 8192), try await plane.registerInstance(cpu: 8192)]
        for family in ["a", "b"] { try await plane.registerTaskDefinition(family, cpu: 1, memory: 6) }
        var tasks: [[String: String]] = []
        for number in 0..<24 {
            let arn = try await plane.runTask(
                ["a", "b"][number % 2],
                ["launchType": ["EC2", "EXTERNAL"][number / 2 % 2], "startedBy": "s\(number % 3)"])
            if number / 4 % 2 == 0 { _ = try await plane.call("StopTask", ["task": arn]) }
            let task = try await plane.call("DescribeTasks", ["tasks": [arn]]).list("tasks")[0]
            tasks.append([
                "taskArn": arn, "family": ["a", "b"][number % 2], "launchType": task.text("launchType"),
                "containerInstance": task.text("containerInstanceArn"), "desiredStatus": task.text("desiredStatus"),
                "startedBy": task.text("startedBy"),
            ])
        }
        let choices: [(String, [String?])] = [
            ("family", [nil, "a", "b", "none"]), ("launchType", [nil, "EC2", "EXTERNAL", "FARGATE"]),
            ("containerInstance", [nil] + instances), ("desiredStatus", [nil, "RUNNING", "STOPPED"]),
        ]
        var combinations: [[String: String]] = [[:]]
        for (name, values) in choices {
            combinations = combinations.flatMap { filters in
                values.map { value in value.map { filters.merging([name: $0]) { $1 } } ?? filters }
            }
        }
        combinations += ["s0", "s1", "none"].flatMap {
            [["startedBy": $0], ["startedBy": $0, "desiredStatus": "STOPPED"]]
        }
        for filters in combinations {
            let expected = tasks.filter { task in
                filters.merging(["desiredStatus": "RUNNING"]) { given, _ in given }.allSatisfy {
                    task[$0.key] == $0.value
                }
            }
            var input: [String: Any] = ["maxResults": 2]
            for (name, value) in filters { input[name] = value }
            let listed = try await pages(plane, "ListTasks", "taskArns", input)
            #expect(listed == expected.compactMap { $0["taskArn"] }, "\(filters)")
        }
    }

    @Test(arguments: [
        (#"{"serviceName":"s"}"#, "ServiceNotFoundException"), (#"{"daemonName":"d"}"#, "InvalidParameterException"),
        (#"{"startedBy":"x","family":"a"}"#, "InvalidParameterException"),
        (#"{"startedBy":"x","launchType":"EC2"}"#, "InvalidParameterException"),
        (#"{"startedBy":"x","containerInstance":"i"}"#, "InvalidParameterException"),
        (#"{"startedBy":"x","serviceName":"s"}"#, "InvalidParameterException"),
        (#"{"cluster":"none"}"#, "ClusterNotFoundException"), (#"{"maxResults":101}"#, "InvalidParameterException"),
        (#"{"nextToken":"x"}"#, "InvalidParameterException"),
        (#"{"desiredStatus":"PENDING","serviceName":"s"}"#, "ServiceNotFoundException"),
    ]) func listRefuses(json: String, code: String) async throws {
        let plane = try TestControlPlane()
        _ = try await plane.call("CreateCluster")
        let input = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any] ?? [:]
        #expect(try await plane.failure("ListTasks", input).code == code)
    }

    /// Two filters with many tasks each and few in common: a page looks at so many tasks and leaves a token.
    @Test func aSparsePageEndsAndTheNextGoesOn() throws {
        var table = PageRun(limit: 100)
        table.add(count: 1000, family: "a", instance: "i")
        table.add(count: 1000, family: "b", instance: "j")
        table.add(count: 5, family: "a", instance: "j")
        let (found, pages, longest) = try table.collect([.family("a"), .containerInstance(ContainerInstanceID("j"))])
        #expect(found == Array(2001...2005))
        #expect(longest == 100)
        // 1005 tasks in the smaller set, 100 a page.
        #expect(pages == 11)
        #expect(try table.collect([.all]).found.count == 2005)
    }

    /// Pages of a ``TaskWalk`` over a table made by hand.
    private struct PageRun {
        var tables = TaskTable()
        var count = 0
        let limit: Int

        init(limit: Int) { self.limit = limit }

        mutating func add(count added: Int, family: String, instance: String) {
            for _ in 0..<added {
                count += 1
                tables.replace(
                    nil,
                    TaskRecord(
                        id: TaskID(high: 0, low: UInt64(count)), cluster: .default, sequence: count,
                        taskDefinition: TaskDefinitionID(family: family, revision: 1),
                        containerInstance: ContainerInstanceID(instance), group: "g", startedBy: nil, launchType: .ec2,
                        overrides: ECS.TaskOverride(), cpu: nil, memory: nil, containers: [],
                        reservation: Reservation(cpuUnits: 0, memoryMiB: 0), createdAt: TestControlPlane.start, tags: []
                    ))
            }
        }

        func collect(_ filters: [TaskTable.Filter]) throws -> (found: [Int], pages: Int, longest: Int) {
            let walk = TaskWalk(tables, filters, cluster: .default, desiredStatus: .running)
            var found: [Int] = []
            var pages = 0
            var longest = 0
            var token: String?
            repeat {
                let request = try PageRequest(maxResults: 10, nextToken: token, scope: "tasks")
                let after = try request.afterSequence()
                var page = request.collector(of: Int.self)
                walk.forEach(after: after, limit: limit, into: &page)
                let cut = request.page(page) { String($0) }
                if cut.items.isEmpty, let next = cut.nextToken {
                    let end = try PageRequest(maxResults: 10, nextToken: next, scope: "tasks").afterSequence()
                    longest = max(longest, (end ?? 0) - (after ?? 0))
                }
                found += cut.items
                pages += 1
                token = cut.nextToken
            } while token != nil
            return (found, pages, longest)
        }
    }
}
