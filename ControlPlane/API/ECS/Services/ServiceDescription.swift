import AWSModels
import ControlPlaneState
import Support

extension Tables {
    /// The API's view of a service.
    borrowing func describe(_ record: ServiceRecord, includeTags: Bool, _ arns: ARNFactory) -> ECS.Service {
        let configuration = record.configuration
        let id = record.id
        let deployments = deployments.deployments(of: id)
        let counts = taskCounts(of: id)
        var service = ECS.Service()
        service.serviceArn = arns.service(id)
        service.serviceName = id.name
        service.clusterArn = arns.cluster(id.cluster.rawValue)
        service.status = record.status.rawValue
        service.desiredCount = services.desiredCount(of: record)
        service.runningCount = counts.running
        service.pendingCount = counts.pending
        service.taskDefinition = configuration.tasks.map { arns.taskDefinition($0.taskDefinition) }
        service.launchType = configuration.tasks?.describedLaunchType
        service.capacityProviderStrategy = configuration.tasks?.capacityProviderStrategy
        service.networkConfiguration = configuration.tasks?.networkConfiguration
        service.deploymentConfiguration = configuration.describedDeploymentConfiguration
        service.deploymentController = ECS.DeploymentController(
            type: ECS.DeploymentControllerType(rawValue: configuration.deploymentController.rawValue))
        service.schedulingStrategy = ECS.SchedulingStrategy(rawValue: configuration.schedulingStrategy.rawValue)
        service.placementConstraints = configuration.placementConstraints
        service.placementStrategy = configuration.placementStrategy
        service.healthCheckGracePeriodSeconds = configuration.healthCheckGracePeriodSeconds
        service.propagateTags = ECS.PropagateTags(rawValue: configuration.propagateTags.rawValue)
        service.enableECSManagedTags = configuration.enableECSManagedTags
        service.enableExecuteCommand = configuration.enableExecuteCommand
        service.availabilityZoneRebalancing = configuration.rebalancesAvailabilityZones ? .enabled : .disabled
        service.resourceManagementType = .customer
        service.loadBalancers = []
        service.serviceRegistries = []
        service.createdAt = record.createdAt
        service.createdBy = record.createdBy
        service.tags = includeTags ? record.tags : []
        service.deployments = deployments.map { describe($0, arns) }
        if configuration.deploymentController == .external {
            service.taskSets = taskSets.taskSets(of: id).map {
                describe($0, of: record, includeTags: includeTags, arns)
            }
        }
        service.events = serviceEvents.events(of: id).reversed().map {
            ECS.ServiceEvent(createdAt: $0.createdAt, id: $0.id, message: $0.message)
        }
        service.currentServiceDeployment = deployments.first.flatMap { primary in
            serviceHistory[primary.serviceDeployment]?.status.isFinished == false
                ? arns.serviceDeployment(primary.serviceDeployment, of: id) : nil
        }
        service.currentServiceRevisions = describeRevisions(of: id, deployments, arns)
        return service
    }

    /// Each revision that has a deployment, once, with the tasks of them all.
    private borrowing func describeRevisions(
        of service: ServiceID, _ deployments: [DeploymentRecord], _ arns: ARNFactory
    ) -> [ECS.ServiceCurrentRevisionSummary] {
        var seen: Set<ServiceRevisionID> = []
        var revisions: [ECS.ServiceCurrentRevisionSummary] = []
        for deployment in deployments where seen.insert(deployment.revision).inserted {
            let counts = revisionCounts(deployment.revision, of: service)
            revisions.append(
                .init(
                    arn: arns.serviceRevision(deployment.revision, of: service), pendingTaskCount: counts.pending,
                    requestedTaskCount: counts.requested, runningTaskCount: counts.running))
        }
        return revisions
    }

    private borrowing func describe(_ record: DeploymentRecord, _ arns: ARNFactory) -> ECS.Deployment {
        let counts = tasks.ofServices.counts(of: record.id)
        var deployment = ECS.Deployment()
        deployment.id = record.id.description
        deployment.status = record.status.rawValue
        deployment.taskDefinition = arns.taskDefinition(record.tasks.taskDefinition)
        deployment.launchType = record.tasks.describedLaunchType
        deployment.capacityProviderStrategy = record.tasks.capacityProviderStrategy
        deployment.networkConfiguration = record.tasks.networkConfiguration
        deployment.desiredCount = record.desiredCount
        deployment.pendingCount = counts.pending
        deployment.runningCount = counts.running
        deployment.failedTasks = record.scheduling.circuitBreaker.failureCount
        deployment.createdAt = record.createdAt
        deployment.updatedAt = record.updatedAt
        deployment.rolloutState = ECS.DeploymentRolloutState(rawValue: record.rolloutState.rawValue)
        deployment.rolloutStateReason = record.rolloutStateReason
        return deployment
    }
}

extension TaskConfiguration {
    /// None where capacity providers decide.
    var describedLaunchType: ECS.LaunchType? { launchType.map { ECS.LaunchType(rawValue: $0.rawValue) } }
}

extension ServiceConfiguration {
    var describedDeploymentConfiguration: ECS.DeploymentConfiguration {
        .rolling(
            minimumHealthyPercent: minimumHealthyPercent, maximumPercent: maximumPercent,
            isCircuitBreakerEnabled: isCircuitBreakerEnabled, rollsBack: rollsBackOnFailure)
    }
}

extension ECS.DeploymentConfiguration {
    static func rolling(
        minimumHealthyPercent: Int, maximumPercent: Int, isCircuitBreakerEnabled: Bool, rollsBack: Bool
    ) -> Self {
        var configuration = Self()
        configuration.minimumHealthyPercent = minimumHealthyPercent
        configuration.maximumPercent = maximumPercent
        configuration.deploymentCircuitBreaker = .init(enable: isCircuitBreakerEnabled, rollback: rollsBack)
        configuration.strategy = .rolling
        configuration.bakeTimeInMinutes = 0
        return configuration
    }
}

extension ARNFactory {
    func service(_ id: ServiceID) -> String { service(cluster: id.cluster.rawValue, name: id.name) }

    func taskDefinition(_ id: TaskDefinitionID) -> String {
        taskDefinition(family: id.family, revision: id.revision)
    }

    func serviceDeployment(_ deployment: ServiceDeploymentID, of id: ServiceID) -> String {
        serviceDeployment(cluster: id.cluster.rawValue, service: id.name, id: deployment.rawValue)
    }

    func serviceRevision(_ revision: ServiceRevisionID, of id: ServiceID) -> String {
        serviceRevision(cluster: id.cluster.rawValue, service: id.name, id: revision.description)
    }

    func taskSet(_ taskSet: DeploymentID, of id: ServiceID) -> String {
        self.taskSet(cluster: id.cluster.rawValue, service: id.name, id: taskSet.description)
    }
}
