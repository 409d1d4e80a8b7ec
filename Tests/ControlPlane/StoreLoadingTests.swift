import ControlPlaneState
import Foundation
import Support
import Testing

/// A store that gives certain rows, in a certain order.
struct ListStore: Store {
    private let rows: [StoredRow]

    init(_ rows: [StoredRow]) { self.rows = rows }

    func load(_ body: (StoredRow) throws -> Void) throws -> Revision {
        for row in rows { try body(row) }
        return 1
    }

    func commit(_ mutations: [StoreMutation], revision: Revision) throws {}
    func compact() throws {}
    func close() {}
}

/// A start decodes on many threads, and comes to the same whatever they do.
@Suite struct StoreLoadingTests {
    private static func key(_ number: Int, isReadable: Bool = true) -> StoredRow {
        let createdAt = isReadable ? "1" : "true"
        let json = """
            {"v":1,"record":{"accessKeyID":"\(number)","secretAccessKey":"s","principal":{"root":{}},\
            "createdAt":\(createdAt)}}
            """
        return StoredRow(kind: "accessKey", key: "\(number)", value: Data(json.utf8))
    }

    @Test func theFirstRowThatCannotBeReadIsNamed() {
        for bad in [[0], [4_999], [1_100, 1_101, 3_000], [1_023, 1_024], [2_000, 4_999]] {
            let rows = (0..<5_000).map { Self.key($0, isReadable: !bad.contains($0)) }
            for _ in 0..<2 {
                let error = #expect(throws: StoreError.self) {
                    try ClusterState(store: ListStore(rows), log: .discarding)
                }
                #expect(error?.description.hasPrefix("accessKey \(bad[0]) cannot be read: ") == true)
            }
        }
    }

    @Test func everyRowIsLoaded() throws {
        for count in [0, 1, 1_023, 1_024, 1_025, 10_000] {
            let state = try ClusterState(store: ListStore((0..<count).map { Self.key($0) }), log: .discarding)
            #expect((0..<count).allSatisfy { number in state.peek { $0.access.key("\(number)") } != nil })
        }
    }

    private static func filled() async throws -> TestControlPlane {
        let plane = try TestControlPlane()
        for _ in 0..<12 { try await plane.registerInstance(cpu: 100_000, memory: 1_000_000) }
        try await plane.registerTaskDefinition("web", cpu: 10, memory: 16)
        try await plane.registerTaskDefinition("dynamic", cpu: 10, memory: 16, portMappings: [["containerPort": 80]])
        var arns: [String] = []
        for number in 0..<30 {
            let output = try await plane.call(
                "RunTask",
                [
                    "taskDefinition": number % 10 == 0 ? "dynamic" : "web", "count": 10, "startedBy": "s\(number % 3)",
                    "group": "g\(number % 4)",
                ])
            arns += (output["tasks"] as? [[String: Any]] ?? []).compactMap { $0["taskArn"] as? String }
        }
        #expect(arns.count == 300)
        for (number, arn) in arns.enumerated() where number % 7 < 3 {
            if number % 7 == 0 { _ = try await plane.call("StopTask", ["task": arn]) }
            _ = try await plane.call(
                "SubmitTaskStateChange", ["task": arn, "status": number % 7 == 1 ? "STOPPED" : "RUNNING"])
        }
        return plane
    }

    /// What of a state can be seen from outside, and where the next tasks would go.
    private static func seen(_ plane: TestControlPlane) async throws -> NSDictionary {
        var all: [String: Any] = [:]
        let instances = try await plane.call("ListContainerInstances")["containerInstanceArns"] as? [String] ?? []
        all["instances"] = try await plane.call("DescribeContainerInstances", ["containerInstances": instances])
        all["clusters"] = try await plane.call("DescribeClusters", ["include": ["STATISTICS"]])
        for status in ["RUNNING", "STOPPED"] {
            for filter in [["family": "web"], ["family": "dynamic"], ["startedBy": "s1"]] {
                var arns: [String] = []
                var token: String?
                repeat {
                    var input: [String: Any] = filter
                    input["desiredStatus"] = status
                    input["nextToken"] = token
                    let page = try await plane.call("ListTasks", input)
                    let found = page["taskArns"] as? [String] ?? []
                    arns += found
                    if !found.isEmpty, filter["family"] != nil {
                        let name = "\(status) \(filter) \(arns.count)"
                        all[name] = try await plane.call("DescribeTasks", ["tasks": found])
                    }
                    token = page["nextToken"] as? String
                } while token != nil
                all["\(status) \(filter)"] = arns
            }
        }
        return all as NSDictionary
    }

    /// How many tasks of a group the hosts have when ten more of it were spread over them, ascending: ties between hosts
    /// are broken by chance.
    private static func spread(_ plane: TestControlPlane) async throws -> [Int] {
        _ = try await plane.call(
            "RunTask",
            [
                "taskDefinition": "dynamic", "count": 10, "group": "g1",
                "placementStrategy": [["type": "spread", "field": "instanceId"]],
            ])
        return plane.state.peek { tables in
            var counts: [ContainerInstanceID: Int] = [:]
            tables.tasks.select(.group("g1"), cluster: .default, desiredStatus: .running).forEach(after: nil) {
                if let task = tables.tasks[sequence: $0] { counts[task.containerInstance, default: 0] += 1 }
                return true
            }
            return counts.values.sorted()
        }
    }

    /// In the order of a file, against it, and mixed up: launches come late, and instances last.
    @Test func theOrderOfRowsDoesNotMatter() async throws {
        let plane = try await Self.filled()
        var rows: [StoredRow] = []
        _ = try plane.store.load { rows.append($0) }
        let before = try await Self.seen(plane)
        let sorted = rows.sorted { ($0.kind, $0.key) < ($1.kind, $1.key) }
        var counts: [[Int]] = []
        for order in [sorted, sorted.reversed(), rows] {
            let store = FakeStore()
            let again = try TestControlPlane(
                store: store, state: ClusterState(store: ListStore(order), log: .discarding))
            #expect(try await Self.seen(again) == before)
            counts.append(try await Self.spread(again))
        }
        #expect(counts[0] == counts[1] && counts[0] == counts[2])
    }
}
