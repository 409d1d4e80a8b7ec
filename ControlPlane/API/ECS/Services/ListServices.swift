import AWSModels
import AWSProtocol
import ControlPlaneState
import Support

extension ECSService {
    /// The ACTIVE ones, by name.
    ///
    /// - Source: API Reference, ListServices.
    func listServices(_ input: ECS.ListServicesRequest, _ caller: Caller) async throws(AWSError)
        -> ECS.ListServicesResponse
    {
        let cluster = try Reference.cluster(input.cluster)
        let request = try PageRequest(
            maxResults: input.maxResults, nextToken: input.nextToken, scope: "services",
            standard: Limits.servicesPageByDefault.value)
        var filters: [ServiceTable.Filter] = []
        if let launchType = input.launchType { filters.append(.launchType(launchType.rawValue)) }
        if let text = input.schedulingStrategy?.rawValue,
            let strategy = ServiceConfiguration.SchedulingStrategy(rawValue: text)
        {
            filters.append(.schedulingStrategy(strategy))
        }
        // ECS itself makes services only for Express gateways.
        let isEmpty = input.resourceManagementType == .ecs
        return try await context.view { [filters] tables throws(AWSError) in
            _ = try tables.activeCluster(cluster)
            var names = request.collector(of: String.self)
            let sets = (filters.isEmpty ? [.all] : filters).map { tables.services.list($0, in: cluster) }
            let smallest = sets.min { $0.count < $1.count } ?? OrderedSet()
            if !isEmpty {
                smallest.forEach(after: request.after) { name in
                    sets.allSatisfy { $0.contains(name) } ? names.take(name) : true
                }
            }
            let page = request.page(names) { $0 }
            return ECS.ListServicesResponse(
                nextToken: page.nextToken,
                serviceArns: page.items.map { context.arns.service(cluster: cluster.rawValue, name: $0) })
        }
    }

    /// Services get into a namespace by Service Connect, which there is not yet: a namespace that a cluster has for its
    /// default is known, and empty.
    ///
    /// - Source: API Reference, ListServicesByNamespace.
    func listServicesByNamespace(_ input: ECS.ListServicesByNamespaceRequest, _ caller: Caller) async throws(AWSError)
        -> ECS.ListServicesByNamespaceResponse
    {
        let namespace = input.namespace ?? ""
        _ = try PageRequest(
            maxResults: input.maxResults, nextToken: input.nextToken, scope: "servicesByNamespace",
            standard: Limits.servicesPageByDefault.value)
        return try await context.view { tables throws(AWSError) in
            guard tables.clusters.hasNamespace(namespace) else {
                throw AWSError(ECS.Errors.namespaceNotFoundException, "The specified namespace wasn't found.")
            }
            return ECS.ListServicesByNamespaceResponse(serviceArns: [])
        }
    }
}
