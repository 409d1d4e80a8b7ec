import AWSModels
import AWSProtocol
import ControlPlaneState
import Placement
import Support

extension ECSService {
    /// In the order they were made. Filters are ANDed; `desiredStatus` is RUNNING unless asked otherwise, and nothing
    /// ever has PENDING.
    ///
    /// A page costs what it looks at and no more than ``Limits/tasksPerListTasksScan``: where two filters that each
    /// select many tasks have few in common, a page may be short, or empty, and have a token.
    ///
    /// - Source: API Reference, ListTasks.
    func listTasks(_ input: ECS.ListTasksRequest, _ caller: Caller) async throws(AWSError) -> ECS.ListTasksResponse {
        let cluster = try Reference.cluster(input.cluster)
        let request = try PageRequest(maxResults: input.maxResults, nextToken: input.nextToken, scope: "tasks")
        let after = try request.afterSequence()
        if input.daemonName.given != nil { throw .notSupportedYet("daemonName") }
        let service = try input.serviceName.given.map { name throws(AWSError) in
            try Reference.service(name, in: cluster)
        }
        let filters = try Self.filters(input, service: service, in: cluster)
        let desiredStatus = (input.desiredStatus ?? .running).rawValue
        return try await context.view { tables throws(AWSError) in
            _ = try tables.activeCluster(cluster)
            if let service, tables.services[service] == nil { throw .serviceNotFound }
            // No task is ever desired to be PENDING.
            guard let desired = DesiredStatus(rawValue: desiredStatus) else {
                return ECS.ListTasksResponse(taskArns: [])
            }
            let walk = TaskWalk(tables.tasks, filters, cluster: cluster, desiredStatus: desired)
            var sequences = request.collector(of: Int.self)
            walk.forEach(after: after, limit: Limits.tasksPerListTasksScan.value, into: &sequences)
            let page = request.page(sequences) { String($0) }
            let arns = page.items.compactMap { sequence in
                tables.tasks[sequence: sequence].map {
                    context.arns.task(cluster: cluster.rawValue, id: $0.id.description)
                }
            }
            return ECS.ListTasksResponse(nextToken: page.nextToken, taskArns: arns)
        }
    }

    /// Never empty.
    ///
    /// - Throws: InvalidParameterException if `startedBy` has company. A desired status is none: ECS takes both.
    private static func filters(
        _ input: ECS.ListTasksRequest, service: ServiceID?, in cluster: ClusterName
    ) throws(AWSError) -> [TaskTable.Filter] {
        var filters: [TaskTable.Filter] = []
        if let text = input.containerInstance.given {
            filters.append(.containerInstance(ContainerInstanceID(try Reference.containerInstance(text, in: cluster))))
        }
        if let family = input.family.given { filters.append(.family(family)) }
        if let service { filters.append(.group(service.taskGroup)) }
        if let launchType = input.launchType { filters.append(.launchType(launchType.rawValue)) }
        if let startedBy = input.startedBy.given {
            guard filters.isEmpty else {
                throw .invalidParameter("startedBy cannot be combined with another filter.")
            }
            filters.append(.startedBy(startedBy))
        }
        return filters.isEmpty ? [.all] : filters
    }
}

/// The tasks that several filters select together.
struct TaskWalk: Sendable {
    /// The smallest of the filters' sets is walked, the others are asked.
    private let smallest: OrderedSet<Int>
    private let others: [OrderedSet<Int>]

    /// - Parameter filters: at least one.
    init(_ table: TaskTable, _ filters: [TaskTable.Filter], cluster: ClusterName, desiredStatus: DesiredStatus) {
        let sets = filters.map { table.select($0, cluster: cluster, desiredStatus: desiredStatus) }
            .sorted { $0.count < $1.count }
        smallest = sets.first ?? OrderedSet()
        others = Array(sets.dropFirst())
    }

    /// Collects a page of sequence numbers after `sequence`, looking at `limit` tasks at most.
    func forEach(after sequence: Int?, limit: Int, into page: inout PageCollector<Int>) {
        var looks = 0
        var last: Int?
        smallest.forEach(after: sequence) { sequence in
            if looks == limit {
                if let last { page.end(after: last) }
                return false
            }
            looks += 1
            last = sequence
            return others.allSatisfy { $0.contains(sequence) } ? page.take(sequence) : true
        }
    }
}
