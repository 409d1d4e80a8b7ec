import AWSModels

/// The Amazon ECS API: one method an operation, one file a resource.
///
/// A method checks what the service model cannot, transacts once, and answers. Decoding, the model's own constraints,
/// authentication and the wait for durability are around it (``OperationTable``, ``ServiceContext``).
package struct ECSService: Sendable {
    let context: ServiceContext

    package init(context: ServiceContext) { self.context = context }

    /// Every operation that works. What the model has besides is refused by name.
    package func operations() -> OperationTable {
        var table = OperationTable(service: ECS.self)
        table.add(ECS.CreateCluster.self, createCluster)
        table.add(ECS.DescribeClusters.self, describeClusters)
        table.add(ECS.ListClusters.self, listClusters)
        table.add(ECS.UpdateCluster.self, updateCluster)
        table.add(ECS.UpdateClusterSettings.self, updateClusterSettings)
        table.add(ECS.PutClusterCapacityProviders.self, putClusterCapacityProviders)
        table.add(ECS.DeleteCluster.self, deleteCluster)

        table.add(ECS.CreateCapacityProvider.self, createCapacityProvider)
        table.add(ECS.DescribeCapacityProviders.self, describeCapacityProviders)
        table.add(ECS.UpdateCapacityProvider.self, updateCapacityProvider)
        table.add(ECS.DeleteCapacityProvider.self, deleteCapacityProvider)

        table.add(ECS.PutAccountSetting.self, putAccountSetting)
        table.add(ECS.PutAccountSettingDefault.self, putAccountSettingDefault)
        table.add(ECS.DeleteAccountSetting.self, deleteAccountSetting)
        table.add(ECS.ListAccountSettings.self, listAccountSettings)

        table.add(ECS.RegisterTaskDefinition.self, registerTaskDefinition)
        table.add(ECS.DescribeTaskDefinition.self, describeTaskDefinition)
        table.add(ECS.ListTaskDefinitions.self, listTaskDefinitions)
        table.add(ECS.ListTaskDefinitionFamilies.self, listTaskDefinitionFamilies)
        table.add(ECS.DeregisterTaskDefinition.self, deregisterTaskDefinition)
        table.add(ECS.DeleteTaskDefinitions.self, deleteTaskDefinitions)

        table.add(ECS.RegisterContainerInstance.self, allowing: .agents, registerContainerInstance)
        table.add(ECS.DescribeContainerInstances.self, describeContainerInstances)
        table.add(ECS.ListContainerInstances.self, listContainerInstances)
        table.add(ECS.DeregisterContainerInstance.self, allowing: .agents, deregisterContainerInstance)
        table.add(ECS.UpdateContainerInstancesState.self, allowing: .agents, updateContainerInstancesState)
        table.add(ECS.UpdateContainerAgent.self, updateContainerAgent)
        table.add(ECS.PutAttributes.self, putAttributes)
        table.add(ECS.DeleteAttributes.self, deleteAttributes)
        table.add(ECS.ListAttributes.self, listAttributes)

        table.add(ECS.RunTask.self, runTask)
        table.add(ECS.StartTask.self, startTask)
        table.add(ECS.StopTask.self, stopTask)
        table.add(ECS.DescribeTasks.self, describeTasks)
        table.add(ECS.ListTasks.self, listTasks)
        table.add(ECS.GetTaskProtection.self, getTaskProtection)
        table.add(ECS.UpdateTaskProtection.self, updateTaskProtection)

        table.add(ECS.CreateService.self, createService)
        table.add(ECS.UpdateService.self, updateService)
        table.add(ECS.DeleteService.self, deleteService)
        table.add(ECS.DescribeServices.self, describeServices)
        table.add(ECS.ListServices.self, listServices)
        table.add(ECS.ListServicesByNamespace.self, listServicesByNamespace)

        table.add(ECS.ListServiceDeployments.self, listServiceDeployments)
        table.add(ECS.DescribeServiceDeployments.self, describeServiceDeployments)
        table.add(ECS.StopServiceDeployment.self, stopServiceDeployment)
        table.add(ECS.DescribeServiceRevisions.self, describeServiceRevisions)

        table.add(ECS.CreateTaskSet.self, createTaskSet)
        table.add(ECS.UpdateTaskSet.self, updateTaskSet)
        table.add(ECS.UpdateServicePrimaryTaskSet.self, updateServicePrimaryTaskSet)
        table.add(ECS.DeleteTaskSet.self, deleteTaskSet)
        table.add(ECS.DescribeTaskSets.self, describeTaskSets)

        table.add(ECS.TagResource.self, tagResource)
        table.add(ECS.UntagResource.self, untagResource)
        table.add(ECS.ListTagsForResource.self, listTagsForResource)

        table.add(ECS.DiscoverPollEndpoint.self, allowing: .agents, discoverPollEndpoint)
        table.add(ECS.SubmitTaskStateChange.self, allowing: .agents, submitTaskStateChange)
        table.add(ECS.SubmitContainerStateChange.self, allowing: .agents, submitContainerStateChange)

        for refused in RefusedOperations.all { table.refuse(refused.names, because: refused.reason) }
        return table
    }
}
