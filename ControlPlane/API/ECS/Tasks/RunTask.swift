import AWSModels
import AWSProtocol
import ControlPlaneState
import FoundationEssentials
import Placement
import Support

extension ECSService {
    /// Places one to ten copies of a task, all in one transaction. Copies that no host can take are `failures`; the
    /// others run. The same client token with the same request gives the same tasks again.
    ///
    /// - Source: API Reference, RunTask; ECS scheduling rules, 2.3.
    func runTask(_ input: ECS.RunTaskRequest, _ caller: Caller) async throws(AWSError) -> ECS.RunTaskResponse {
        let clusterName = try Reference.cluster(input.cluster)
        try Self.checkCount(input)
        let token = try ClientToken(input, cluster: clusterName)
        let options = try TaskOptions(input)
        let now = context.now()
        typealias Placed = (task: TaskRecord, instance: ContainerInstanceRecord?)
        let (outcome, placed) = try await context.transact {
            tx throws(AWSError) -> (ECS.RunTaskResponse, [Placed]) in
            let cluster = try tx.activeCluster(clusterName)
            if let earlier = try token?.earlierResponse(in: tx, cluster: cluster.name, context.arns) {
                return (earlier, [])
            }
            let placement = try placement(input, options, in: cluster, tx)
            var failures: [ECS.Failure] = []
            var records: [TaskRecord] = []
            for part in placement.parts {
                var random = context.random
                let ids = (0..<part.count).map { _ in TaskID(high: random.next(), low: random.next()) }
                let result = tx.place(part.request, tasks: ids, in: cluster.name, using: &random)
                failures += self.failures(result.explanation, of: part, in: cluster.name)
                let shared = placement.launch.record(
                    sequence: tx.nextSequence(), capacityProvider: part.capacityProvider, now: now)
                for placed in result.placements {
                    if let record = record(placement.launch, placed, of: shared, &tx) {
                        records.append(record)
                    } else {
                        failures.append(noAddressFailure(placed.host, in: cluster.name))
                    }
                }
            }
            if let token, !records.isEmpty {
                tx.put(token.record(cluster: cluster.name, taskIDs: records.map(\.id), now: now))
            }
            var placed: [Placed] = []
            for record in records { placed.append((record, tx.containerInstances[record.containerInstance])) }
            return (ECS.RunTaskResponse(failures: failures, tasks: []), placed)
        }
        // Here and not there, where everybody waits.
        var response = outcome
        response.tasks? += placed.map { $0.task.described(on: $0.instance, includeTags: true, context.arns) }
        log(response, caller)
        return response
    }

    /// Everything that is asked of a launch before a host is looked for: of its overrides, of where it is to run, and
    /// whether agents can run it at all.
    ///
    /// - Parameter request: says where and how, with the definition as the overrides make it.
    func launch(
        _ definition: TaskDefinitionRecord, _ options: TaskOptions, _ request: LaunchRequest
    ) throws(AWSError) -> TaskLaunch {
        try TaskOverrideRule.check(options.overrides, of: definition.definition)
        try LaunchRule.check(request)
        try LaunchSupport.check(definition.definition, with: options.overrides)
        try checkRole(request.definition.taskRoleArn.given)
        return try TaskLaunch(
            cluster: request.cluster.name, definition: definition, options: options, request: request)
    }

    /// - Throws: ClientException for a role whose tasks would find no credentials.
    private func checkRole(_ role: String?) throws(AWSError) {
        guard let role = missingRole(role) else { return }
        throw .client(
            "ECS was unable to assume the role '\(context.arns.role(role))' that was provided for this task. Please "
                + "verify that the role being passed has the proper trust relationship and permissions: this control "
                + "plane has no credentials for it that have not expired (the file roles/NAME.json in its data "
                + "directory).")
    }

    /// The role, if there is one and its tasks would find no credentials.
    func missingRole(_ role: String?) -> String? {
        role.flatMap { context.roles.credentials(ofRole: $0, at: context.now()) == nil ? $0 : nil }
    }

    /// Puts the record of a placed task, and gives it back; nil if the task needs an address and its host's subnet has
    /// none left.
    func record(
        _ launch: TaskLaunch, _ placement: Placement, of shared: LaunchRecord, _ tx: inout Tables
    ) -> TaskRecord? {
        let instance = tx.containerInstances[ContainerInstanceID(placement.host.value)]
        var interface: NetworkInterfaceRecord?
        if !launch.subnets.isEmpty {
            interface = instance.flatMap { tx.makeInterface(on: $0, in: context.vpc, random: context.random) }
            if interface == nil { return nil }
        }
        let record = launch.record(
            placement, of: shared, interface: interface, sequence: tx.nextSequence(),
            on: instance?.id ?? ContainerInstanceID(placement.host.value), containerIDs: context.random.uuid)
        tx.put(record)
        return record
    }

    /// Of a task that was placed and has no address.
    func noAddressFailure(_ host: HostID, in cluster: ClusterName) -> ECS.Failure {
        ECS.Failure(
            arn: context.arns.containerInstance(cluster: cluster.rawValue, id: host.value),
            detail: "the subnet of this container instance has no free address", reason: RefusalReason.eni.rawValue)
    }

    private func log(_ response: ECS.RunTaskResponse, _ caller: Caller) {
        for task in response.tasks ?? [] {
            context.log.info(
                "task placed",
                [
                    "task": task.taskArn ?? "", "containerInstance": task.containerInstanceArn ?? "",
                    "taskDefinition": task.taskDefinitionArn ?? "", "caller": caller.arn,
                ])
        }
        if let failure = response.failures?.first {
            context.log.info(
                "task not placed",
                ["reason": failure.reason ?? "", "detail": failure.detail ?? "", "caller": caller.arn])
        }
    }
}
