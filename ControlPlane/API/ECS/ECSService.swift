import AWSModels

/// The Amazon ECS API: one method an operation, one file a resource.
///
/// A method checks what the service model cannot, transacts once, and answers. Decoding, the model's own constraints,
/// authentication and the wait for durability are around it (``OperationTable``, ``ServiceContext``).
package struct ECSService: Sendable {
    let context: ServiceContext

    package init(context: ServiceContext) { self.context = context }

    var access: ECSAccess { ECSAccess(state: context.state, arns: context.arns) }

    /// Every operation that works. What the model has besides is refused by name.
    package func operations() -> OperationTable {
        let access = access
        var table = OperationTable(service: ECS.self)
        table.add(ECS.CreateCluster.self, about: access.createCluster, createCluster)
        table.add(ECS.DescribeClusters.self, about: access.describeClusters, describeClusters)
        table.add(ECS.ListClusters.self, about: access.listClusters, listClusters)
        table.add(ECS.UpdateCluster.self, about: access.updateCluster, updateCluster)
        table.add(ECS.UpdateClusterSettings.self, about: access.updateClusterSettings, updateClusterSettings)
        table.add(
            ECS.PutClusterCapacityProviders.self, about: access.putClusterCapacityProviders, putClusterCapacityProviders
        )
        table.add(ECS.DeleteCluster.self, about: access.deleteCluster, deleteCluster)

        table.add(ECS.CreateCapacityProvider.self, about: access.createCapacityProvider, createCapacityProvider)
        table.add(
            ECS.DescribeCapacityProviders.self, about: access.describeCapacityProviders, describeCapacityProviders)
        table.add(ECS.UpdateCapacityProvider.self, about: access.updateCapacityProvider, updateCapacityProvider)
        table.add(ECS.DeleteCapacityProvider.self, about: access.deleteCapacityProvider, deleteCapacityProvider)

        table.add(ECS.PutAccountSetting.self, about: access.putAccountSetting, putAccountSetting)
        table.add(ECS.PutAccountSettingDefault.self, about: access.putAccountSettingDefault, putAccountSettingDefault)
        table.add(ECS.DeleteAccountSetting.self, about: access.deleteAccountSetting, deleteAccountSetting)
        table.add(ECS.ListAccountSettings.self, about: access.listAccountSettings, listAccountSettings)

        table.add(ECS.RegisterTaskDefinition.self, about: access.registerTaskDefinition, registerTaskDefinition)
        table.add(ECS.DescribeTaskDefinition.self, about: access.describeTaskDefinition, describeTaskDefinition)
        table.add(ECS.ListTaskDefinitions.self, about: access.listTaskDefinitions, listTaskDefinitions)
        table.add(
            ECS.ListTaskDefinitionFamilies.self, about: access.listTaskDefinitionFamilies, listTaskDefinitionFamilies)
        table.add(ECS.DeregisterTaskDefinition.self, about: access.deregisterTaskDefinition, deregisterTaskDefinition)
        table.add(ECS.DeleteTaskDefinitions.self, about: access.deleteTaskDefinitions, deleteTaskDefinitions)

        table.add(
            ECS.RegisterContainerInstance.self, isForAgents: true, about: access.registerContainerInstance,
            registerContainerInstance)
        table.add(
            ECS.DescribeContainerInstances.self, about: access.describeContainerInstances, describeContainerInstances)
        table.add(ECS.ListContainerInstances.self, about: access.listContainerInstances, listContainerInstances)
        table.add(
            ECS.DeregisterContainerInstance.self, isForAgents: true, about: access.deregisterContainerInstance,
            deregisterContainerInstance)
        table.add(
            ECS.UpdateContainerInstancesState.self, isForAgents: true, about: access.updateContainerInstancesState,
            updateContainerInstancesState)
        table.add(ECS.UpdateContainerAgent.self, about: access.updateContainerAgent, updateContainerAgent)
        table.add(ECS.PutAttributes.self, about: access.putAttributes, putAttributes)
        table.add(ECS.DeleteAttributes.self, about: access.deleteAttributes, deleteAttributes)
        table.add(ECS.ListAttributes.self, about: access.listAttributes, listAttributes)

        table.add(ECS.RunTask.self, pinning: { $0.taskDefinition = $1 }, about: access.runTask, runTask)
        table.add(ECS.StartTask.self, pinning: { $0.taskDefinition = $1 }, about: access.startTask, startTask)
        table.add(ECS.StopTask.self, about: access.stopTask, stopTask)
        table.add(ECS.DescribeTasks.self, about: access.describeTasks, describeTasks)
        table.add(ECS.ListTasks.self, about: access.listTasks, listTasks)
        table.add(ECS.GetTaskProtection.self, about: access.getTaskProtection, getTaskProtection)
        table.add(ECS.UpdateTaskProtection.self, about: access.updateTaskProtection, updateTaskProtection)

        table.add(
            ECS.CreateService.self, pinning: { $0.taskDefinition = $1 }, about: access.createService, createService)
        table.add(
            ECS.UpdateService.self, pinning: { $0.taskDefinition = $1 }, about: access.updateService, updateService)
        table.add(ECS.DeleteService.self, about: access.deleteService, deleteService)
        table.add(ECS.DescribeServices.self, about: access.describeServices, describeServices)
        table.add(ECS.ListServices.self, about: access.listServices, listServices)
        table.add(ECS.ListServicesByNamespace.self, about: access.listServicesByNamespace, listServicesByNamespace)

        table.add(ECS.ListServiceDeployments.self, about: access.listServiceDeployments, listServiceDeployments)
        table.add(
            ECS.DescribeServiceDeployments.self, about: access.describeServiceDeployments, describeServiceDeployments)
        table.add(ECS.StopServiceDeployment.self, about: access.stopServiceDeployment, stopServiceDeployment)
        table.add(ECS.DescribeServiceRevisions.self, about: access.describeServiceRevisions, describeServiceRevisions)

        table.add(
            ECS.CreateTaskSet.self, pinning: { $0.taskDefinition = $1 }, about: access.createTaskSet, createTaskSet)
        table.add(ECS.UpdateTaskSet.self, about: access.updateTaskSet, updateTaskSet)
        table.add(
            ECS.UpdateServicePrimaryTaskSet.self, about: access.updateServicePrimaryTaskSet, updateServicePrimaryTaskSet
        )
        table.add(ECS.DeleteTaskSet.self, about: access.deleteTaskSet, deleteTaskSet)
        table.add(ECS.DescribeTaskSets.self, about: access.describeTaskSets, describeTaskSets)

        table.add(ECS.TagResource.self, about: access.tagResource, tagResource)
        table.add(ECS.UntagResource.self, about: access.untagResource, untagResource)
        table.add(ECS.ListTagsForResource.self, about: access.listTagsForResource, listTagsForResource)

        table.add(
            ECS.DiscoverPollEndpoint.self, isForAgents: true, about: access.discoverPollEndpoint, discoverPollEndpoint)
        table.add(
            ECS.SubmitTaskStateChange.self, isForAgents: true, about: access.submitTaskStateChange,
            submitTaskStateChange)
        table.add(
            ECS.SubmitContainerStateChange.self, isForAgents: true, about: access.submitContainerStateChange,
            submitContainerStateChange)

        for refused in RefusedOperations.all { table.refuse(refused.names, because: refused.reason) }
        return table
    }
}
