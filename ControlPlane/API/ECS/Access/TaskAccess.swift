import AWSModels
import AWSProtocol
import AccessPolicy
import ControlPlaneState
import HTTPServer
import Support

/// Task definitions, tasks, and the dry run of placement.
extension ECSAccess {
    func registerTaskDefinition(_ input: ECS.RegisterTaskDefinitionRequest) -> [AccessSubject] {
        let arn = arns.beginning(ofResource: "task-definition") + "\(input.family ?? ""):*"
        let isPrivileged = (input.containerDefinitions ?? []).contains { $0.privileged == true }
        let definition = AccessSubject(arn).with(tags: input.tags)
            .with(.computeCompatibility, (input.requiresCompatibilities ?? []).map(\.rawValue))
            .with(.privileged, isPrivileged ? "true" : "false")
        return [definition] + tagging(arn, input.tags, by: ECS.RegisterTaskDefinition.name)
            + passing([input.taskRoleArn, input.executionRoleArn])
    }

    func describeTaskDefinition(_ input: ECS.DescribeTaskDefinitionRequest) -> [AccessSubject] { [ofNothing()] }

    func listTaskDefinitions(_ input: ECS.ListTaskDefinitionsRequest) -> [AccessSubject] { [ofNothing()] }

    func listTaskDefinitionFamilies(_ input: ECS.ListTaskDefinitionFamiliesRequest) -> [AccessSubject] {
        [ofNothing()]
    }

    func deregisterTaskDefinition(_ input: ECS.DeregisterTaskDefinitionRequest) -> [AccessSubject] { [ofNothing()] }

    func deleteTaskDefinitions(_ input: ECS.DeleteTaskDefinitionsRequest) -> [AccessSubject] {
        (input.taskDefinitions ?? []).map { text in
            guard let (family, named) = try? Reference.taskDefinition(text), let revision = named else {
                // The operation says of it that it is the name of nothing.
                return AccessSubject(arns.beginning(ofResource: "task-definition") + text)
            }
            return of(.taskDefinition(TaskDefinitionID(family: family, revision: revision)))
        }
    }

    // MARK: Tasks

    func runTask(_ input: ECS.RunTaskRequest) throws(AWSError) -> [AccessSubject] {
        let cluster = try Reference.cluster(input.cluster)
        let found = try definition(input.taskDefinition)
        let run = found.subject.with(tags: input.tags).with(.cluster, arns.cluster(cluster.rawValue))
            .with(.capacityProvider, try capacityProviderARNs(input.capacityProviderStrategy))
            .with(.enableExecuteCommand, Self.flag(input.enableExecuteCommand))
            .with(.enableManagedTags, Self.flag(input.enableECSManagedTags))
            .with(.propagateTags, input.propagateTags?.rawValue)
            .with(.subnet, input.networkConfiguration?.awsvpcConfiguration?.subnets ?? [])
        return [run]
            + tagging(arns.task(cluster: cluster.rawValue, id: "*"), input.tags, by: ECS.RunTask.name)
            + passing(found.roles(overriddenBy: input.overrides))
    }

    func startTask(_ input: ECS.StartTaskRequest) throws(AWSError) -> [AccessSubject] {
        let cluster = try Reference.cluster(input.cluster)
        let found = try definition(input.taskDefinition)
        var instances: [String] = []
        for text in input.containerInstances ?? [] {
            let id = try Reference.containerInstance(text, in: cluster)
            instances.append(arns.containerInstance(cluster: cluster.rawValue, id: id))
        }
        let start = found.subject.with(tags: input.tags).with(.cluster, arns.cluster(cluster.rawValue))
            .with(.containerInstances, instances)
            .with(.enableExecuteCommand, Self.flag(input.enableExecuteCommand))
            .with(.enableManagedTags, Self.flag(input.enableECSManagedTags))
            .with(.propagateTags, input.propagateTags?.rawValue)
            .with(.subnet, input.networkConfiguration?.awsvpcConfiguration?.subnets ?? [])
        return [start]
            + tagging(arns.task(cluster: cluster.rawValue, id: "*"), input.tags, by: ECS.StartTask.name)
            + passing(found.roles(overriddenBy: input.overrides))
    }

    func stopTask(_ input: ECS.StopTaskRequest) throws(AWSError) -> [AccessSubject] {
        try of(tasks: [input.task ?? ""], in: input.cluster)
    }

    func describeTasks(_ input: ECS.DescribeTasksRequest) throws(AWSError) -> [AccessSubject] {
        try of(tasks: input.tasks, in: input.cluster)
    }

    /// Of one host, or of all.
    func listTasks(_ input: ECS.ListTasksRequest) throws(AWSError) -> [AccessSubject] {
        try of(containerInstances: input.containerInstance.given.map { [$0] }, in: input.cluster)
    }

    func getTaskProtection(_ input: ECS.GetTaskProtectionRequest) throws(AWSError) -> [AccessSubject] {
        try of(tasks: input.tasks, in: input.cluster)
    }

    func updateTaskProtection(_ input: ECS.UpdateTaskProtectionRequest) throws(AWSError) -> [AccessSubject] {
        try of(tasks: input.tasks, in: input.cluster)
    }

    /// As RunTask, but nothing is tagged and no role passed.
    func explainPlacement(_ request: Request) throws(AWSError) -> [AccessSubject] {
        Array(try runTask(try ECSService.explained(request)).prefix(1))
    }

    // MARK: What is to run

    struct Definition {
        var subject: AccessSubject
        var taskRole: String?
        var executionRole: String?

        func roles(overriddenBy overrides: ECS.TaskOverride?) -> [String?] {
            [overrides?.taskRoleArn.given ?? taskRole, overrides?.executionRoleArn.given ?? executionRole]
        }
    }

    /// The revision that would be run now. If there is none, the operation says so to whoever may run any.
    func definition(_ text: String?) throws(AWSError) -> Definition {
        let (family, revision) = try Reference.taskDefinition(text ?? "")
        let record = state.peek { tables in
            revision.map { tables.taskDefinitions[TaskDefinitionID(family: family, revision: $0)] }
                ?? tables.taskDefinitions.latestActive(of: family)
        }
        guard let record else {
            let name = "\(family):\(revision.map { String($0) } ?? "*")"
            return Definition(subject: AccessSubject(arns.beginning(ofResource: "task-definition") + name))
        }
        var subject = of(.taskDefinition(record.id))
        if revision == nil { subject.taskDefinition = subject.resource }
        return Definition(
            subject: subject, taskRole: record.definition.taskRoleArn,
            executionRole: record.definition.executionRoleArn)
    }

    static func flag(_ value: Bool?) -> String { value == true ? "true" : "false" }
}

extension ECSService {
    /// What ``explainPath`` leads to.
    package var explainRoute: APIServer.Route {
        .init(
            "POST",
            access: .action(PolicyVocabulary.explainPlacement, about: access.explainPlacement) {
                await explainPlacement($0, $1)
            })
    }
}
