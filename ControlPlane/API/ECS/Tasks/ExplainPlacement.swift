import AWSModels
import AWSProtocol
import ControlPlaneState
import FoundationEssentials
package import HTTPServer
import Placement
import Support

/// Where a RunTask request would put its tasks, and what keeps them off the other hosts. Not an operation of ECS's.
private struct PlacementReport: Encodable, Sendable {
    struct Placed: Encodable, Sendable {
        var containerInstanceArn: String
        var availabilityZone: String?
        /// What the host would have left, the tasks of this report counted.
        var remainingCPU: Int
        var remainingMemory: Int
    }

    struct Removed: Encodable, Sendable {
        var reason: String
        var containerInstances: Int
    }

    struct Refused: Encodable, Sendable {
        var containerInstanceArn: String
        var reason: String
        var detail: String
    }

    /// For each capacity provider that gets tasks, else one.
    struct Part: Encodable, Sendable {
        var capacityProviderName: String?
        var count: Int
        var placed: [Placed]
        /// Container instances that are looked at, before any of the tasks is placed: ACTIVE ones, and those that drain.
        var active: Int
        var draining: Int
        /// Those of the ACTIVE ones that can take a task, and what each filter took away of the others, in order.
        var fitting: Int
        var removed: [Removed]
        /// Those that lack least.
        var nearest: [Refused]
        /// Why the rest has no host; nil if every task has one.
        var summary: String?
    }

    var cluster: String
    var group: String
    var parts: [Part]
}

extension ECSService {
    /// Where the dry run is asked for.
    package static let explainPath = "/stevedore/v1/placements/explain"
    private static let nearestShown = 10

    /// `POST` ``explainPath``, with the body of a RunTask request: says what RunTask would do now. Changes nothing.
    package func explainPlacement(_ request: Request, _ caller: Caller) async -> Response {
        do throws(AWSError) {
            let input = try Self.explained(request)
            let report = try await placementReport(input)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            guard let body = try? encoder.encode(report) else { throw .server("The report cannot be written.") }
            return Response(status: 200, headers: ["Content-Type": "application/json"], body: Array(body))
        } catch {
            return .error(error)
        }
    }

    static func explained(_ request: Request) throws(AWSError) -> ECS.RunTaskRequest {
        let input = try AWSJSONCodec().decode(ECS.RunTaskRequest.self, from: request.body)
        if let error = AWSError.invalidParameters(input.validate()) { throw error }
        return input
    }

    private func placementReport(_ input: ECS.RunTaskRequest) async throws(AWSError) -> PlacementReport {
        let clusterName = try Reference.cluster(input.cluster)
        try Self.checkCount(input)
        let options = try TaskOptions(input)
        // A transaction, for placing changes the index; what is placed and has no record is taken back at its end.
        return try await context.transact { tx throws(AWSError) in
            let cluster = try tx.activeCluster(clusterName)
            let placement = try placement(input, options, in: cluster, tx)
            return PlacementReport(
                cluster: context.arns.cluster(cluster.name.rawValue), group: placement.launch.group,
                parts: placement.parts.map { report($0, in: cluster.name, &tx) })
        }
    }

    private func report(
        _ part: TaskPlacement.Part, in cluster: ClusterName, _ tx: inout Tables
    ) -> PlacementReport.Part {
        var request = part.request
        request.explainLimit = Self.nearestShown
        let before = tx.explain(request, in: cluster)
        var random = context.random
        let ids = (0..<part.count).map { _ in TaskID(high: random.next(), low: random.next()) }
        let result = tx.place(request, tasks: ids, in: cluster, using: &random)
        let arn = { context.arns.containerInstance(cluster: cluster.rawValue, id: $0) }
        return PlacementReport.Part(
            capacityProviderName: part.capacityProvider, count: part.count,
            placed: result.placements.map { placed in
                let instance = tx.containerInstances[ContainerInstanceID(placed.host.value)]
                let left = instance.flatMap { tx.remaining(of: $0) }
                return .init(
                    containerInstanceArn: arn(placed.host.value),
                    availabilityZone: instance?.attribute(Host.availabilityZoneAttribute),
                    remainingCPU: left?.cpuUnits ?? 0, remainingMemory: left?.memoryMiB ?? 0)
            },
            active: before.activeHostCount, draining: before.drainingHostCount, fitting: before.fittingHostCount,
            removed: before.counts.map { .init(reason: $0.reason.rawValue, containerInstances: $0.hostCount) },
            nearest: before.nearest.map {
                .init(containerInstanceArn: arn($0.host.value), reason: $0.reason.rawValue, detail: $0.detail)
            },
            summary: result.explanation?.summary)
    }

    /// - Throws: InvalidParameterException.
    static func checkCount(_ input: ECS.RunTaskRequest) throws(AWSError) {
        let count = input.count ?? 1
        guard (1...Limits.tasksPerRunTask.value).contains(count) else {
            throw .invalidParameter("count must be from 1 to \(Limits.tasksPerRunTask.value); found \(count).")
        }
    }
}
