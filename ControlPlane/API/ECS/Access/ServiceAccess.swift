import AWSModels
import AWSProtocol
import AccessPolicy
import ControlPlaneState
package import Controllers
import HTTPServer
import Support

/// Services, their deployments and revisions, task sets, and the plan of an update.
extension ECSAccess {
    func createService(_ input: ECS.CreateServiceRequest) throws(AWSError) -> [AccessSubject] {
        let service = try of(service: input.serviceName, in: input.cluster)
        return [try about(ServiceRequest(input), service).with(tags: input.tags)]
            + tagging(service.resource, input.tags, by: ECS.CreateService.name)
            + passing(try roles(input.taskDefinition)) + passing([input.role], to: "ecs.amazonaws.com")
    }

    func updateService(_ input: ECS.UpdateServiceRequest) throws(AWSError) -> [AccessSubject] {
        let service = try of(service: input.service, in: input.cluster)
        return [try about(ServiceRequest(input), service)] + passing(try roles(input.taskDefinition))
    }

    func deleteService(_ input: ECS.DeleteServiceRequest) throws(AWSError) -> [AccessSubject] {
        [try of(service: input.service, in: input.cluster)]
    }

    func describeServices(_ input: ECS.DescribeServicesRequest) throws(AWSError) -> [AccessSubject] {
        var subjects: [AccessSubject] = []
        for text in input.services.given ?? ["*"] { subjects.append(try of(service: text, in: input.cluster)) }
        return subjects
    }

    func listServices(_ input: ECS.ListServicesRequest) throws(AWSError) -> [AccessSubject] {
        [ofNothing().with(.cluster, arns.cluster(try Reference.cluster(input.cluster).rawValue))]
    }

    func listServicesByNamespace(_ input: ECS.ListServicesByNamespaceRequest) -> [AccessSubject] {
        [ofNothing().with(.namespace, input.namespace)]
    }

    /// What an update would do is no business of whoever may not see the service.
    func planService(_ request: Request) throws(AWSError) -> [AccessSubject] {
        let planned = ECSService.planned(request)
        return [try of(service: planned.service, in: planned.cluster)]
    }

    private func about(_ request: ServiceRequest, _ service: AccessSubject) throws(AWSError) -> AccessSubject {
        try running(request.taskDefinition, service)
            .with(.capacityProvider, try capacityProviderARNs(request.capacityProviderStrategy))
            .with(.enableExecuteCommand, request.enableExecuteCommand.map(Self.flag))
            .with(.enableManagedTags, request.enableECSManagedTags.map(Self.flag))
            .with(.propagateTags, request.propagateTags?.rawValue)
            .with(.subnet, request.networkConfiguration?.awsvpcConfiguration?.subnets ?? [])
    }

    private func running(_ text: String?, _ subject: AccessSubject) throws(AWSError) -> AccessSubject {
        guard let text = text.given else { return subject }
        let found = try definition(text).subject
        var subject = subject.with(.taskDefinition, found.resource)
        subject.taskDefinition = found.taskDefinition
        return subject
    }

    private func roles(_ taskDefinition: String?) throws(AWSError) -> [String?] {
        guard let text = taskDefinition.given else { return [] }
        return try definition(text).roles(overriddenBy: nil)
    }

    // MARK: Deployments and revisions

    func listServiceDeployments(_ input: ECS.ListServiceDeploymentsRequest) throws(AWSError) -> [AccessSubject] {
        [try of(service: input.service, in: input.cluster)]
    }

    func describeServiceDeployments(
        _ input: ECS.DescribeServiceDeploymentsRequest
    ) throws(AWSError) -> [AccessSubject] {
        try ofParts(input.serviceDeploymentArns ?? [], type: "service-deployment")
    }

    func stopServiceDeployment(_ input: ECS.StopServiceDeploymentRequest) throws(AWSError) -> [AccessSubject] {
        try ofParts([input.serviceDeploymentArn ?? ""], type: "service-deployment")
    }

    func describeServiceRevisions(
        _ input: ECS.DescribeServiceRevisionsRequest
    ) throws(AWSError) -> [AccessSubject] {
        try ofParts(input.serviceRevisionArns ?? [], type: "service-revision")
    }

    /// Each, and the service that it is of.
    private func ofParts(_ texts: [String], type: String) throws(AWSError) -> [AccessSubject] {
        var subjects: [AccessSubject] = []
        for text in texts {
            let (id, part) = try Reference.partOfService(text, type: type)
            let service = of(.service(id.name, cluster: id.cluster), in: id.cluster)
            let arn = arns.beginning(ofResource: type) + "\(id.cluster)/\(id.name)/\(part)"
            subjects.append(service)
            subjects.append(
                AccessSubject(arn).with(.cluster, arns.cluster(id.cluster.rawValue)).with(.service, service.resource))
        }
        return subjects
    }

    // MARK: Task sets

    func createTaskSet(_ input: ECS.CreateTaskSetRequest) throws(AWSError) -> [AccessSubject] {
        let set = try of(taskSets: nil, of: input.service, in: input.cluster)[0]
        return [
            try running(input.taskDefinition, set).with(tags: input.tags)
                .with(.capacityProvider, try capacityProviderARNs(input.capacityProviderStrategy))
        ] + tagging(set.resource, input.tags, by: ECS.CreateTaskSet.name) + passing(try roles(input.taskDefinition))
    }

    func updateTaskSet(_ input: ECS.UpdateTaskSetRequest) throws(AWSError) -> [AccessSubject] {
        try of(taskSets: [input.taskSet ?? ""], of: input.service, in: input.cluster)
    }

    func updateServicePrimaryTaskSet(
        _ input: ECS.UpdateServicePrimaryTaskSetRequest
    ) throws(AWSError) -> [AccessSubject] {
        [try of(service: input.service, in: input.cluster)]
    }

    func deleteTaskSet(_ input: ECS.DeleteTaskSetRequest) throws(AWSError) -> [AccessSubject] {
        try of(taskSets: [input.taskSet ?? ""], of: input.service, in: input.cluster)
    }

    func describeTaskSets(_ input: ECS.DescribeTaskSetsRequest) throws(AWSError) -> [AccessSubject] {
        try of(taskSets: input.taskSets, of: input.service, in: input.cluster)
    }

    /// Each, or all of the service if none is named.
    private func of(
        taskSets texts: [String]?, of service: String?, in cluster: String?
    ) throws(AWSError) -> [AccessSubject] {
        let service = try Reference.service(service ?? "", in: try Reference.cluster(cluster))
        let arn = arns.service(cluster: service.cluster.rawValue, name: service.name)
        var subjects: [AccessSubject] = []
        for text in texts.given ?? ["*"] {
            let id = try Reference.taskSet(text, of: service)
            subjects.append(
                of(.taskSet(id, service: service.name, cluster: service.cluster), in: service.cluster)
                    .with(.service, arn))
        }
        return subjects
    }
}

extension ECSService {
    /// What ``servicePlanPath`` leads to.
    package func servicePlanRoute(_ controller: ServiceController) -> APIServer.Route {
        .init(
            "GET", "POST",
            access: .action(PolicyVocabulary.planService, about: access.planService) {
                await planService($0, $1, by: controller)
            })
    }
}
