import AWSModels
import ControlPlaneState
import ServiceScheduler
import Support

extension ServiceDeploymentRecord {
    fileprivate var describedStatus: ECS.ServiceDeploymentStatus {
        ECS.ServiceDeploymentStatus(rawValue: status.rawValue)
    }

    /// What ListServiceDeployments shows of it.
    func brief(_ arns: ARNFactory) -> ECS.ServiceDeploymentBrief {
        var brief = ECS.ServiceDeploymentBrief()
        brief.serviceDeploymentArn = arns.serviceDeployment(id, of: service)
        brief.serviceArn = arns.service(service)
        brief.clusterArn = arns.cluster(service.cluster.rawValue)
        brief.createdAt = createdAt
        brief.startedAt = startedAt
        brief.finishedAt = finishedAt
        brief.status = describedStatus
        brief.statusReason = statusReason
        brief.targetServiceRevisionArn = arns.serviceRevision(targetRevision.id, of: service)
        return brief
    }
}

extension Tables {
    /// The API's view of a service deployment.
    borrowing func describe(_ record: ServiceDeploymentRecord, _ arns: ARNFactory) -> ECS.ServiceDeployment {
        var deployment = ECS.ServiceDeployment()
        deployment.serviceDeploymentArn = arns.serviceDeployment(record.id, of: record.service)
        deployment.serviceArn = arns.service(record.service)
        deployment.clusterArn = arns.cluster(record.service.cluster.rawValue)
        deployment.status = record.describedStatus
        deployment.statusReason = record.statusReason
        deployment.createdAt = record.createdAt
        deployment.startedAt = record.startedAt
        deployment.updatedAt = record.updatedAt
        deployment.finishedAt = record.finishedAt
        deployment.stoppedAt = record.stoppedAt
        deployment.sourceServiceRevisions = record.sourceRevisions.map { describe($0, of: record.service, arns) }
        deployment.targetServiceRevision = describe(record.targetRevision, of: record.service, arns)
        deployment.deploymentConfiguration = .rolling(
            minimumHealthyPercent: record.minimumHealthyPercent, maximumPercent: record.maximumPercent,
            isCircuitBreakerEnabled: record.isCircuitBreakerEnabled, rollsBack: record.rollsBackOnFailure)
        deployment.deploymentCircuitBreaker = describeCircuitBreaker(of: record)
        deployment.alarms = ECS.ServiceDeploymentAlarms(status: .disabled)
        deployment.rollback = record.rollback.map {
            ECS.Rollback(
                reason: $0.reason, serviceRevisionArn: arns.serviceRevision($0.revision, of: record.service),
                startedAt: $0.startedAt)
        }
        return deployment
    }

    /// While the deployment goes on, with the tasks there are.
    private borrowing func describe(
        _ revision: ServiceDeploymentRecord.Revision, of service: ServiceID, _ arns: ARNFactory
    ) -> ECS.ServiceRevisionSummary {
        let counts = revision.finalCounts ?? revisionCounts(revision.id, of: service)
        return ECS.ServiceRevisionSummary(
            arn: arns.serviceRevision(revision.id, of: service), pendingTaskCount: counts.pending,
            requestedTaskCount: counts.requested, runningTaskCount: counts.running)
    }

    private borrowing func describeCircuitBreaker(
        of record: ServiceDeploymentRecord
    ) -> ECS.ServiceDeploymentCircuitBreaker {
        let deployment = deployments[record.deployment]
        let state = record.circuitBreaker
        let live = record.isCircuitBreakerEnabled ? deployment?.scheduling.circuitBreaker.status : nil
        let status = (state?.status ?? live ?? .disabled).rawValue
        return ECS.ServiceDeploymentCircuitBreaker(
            failureCount: state?.failureCount ?? deployment?.scheduling.circuitBreaker.failureCount ?? 0,
            status: ECS.ServiceDeploymentRollbackMonitorsStatus(rawValue: status),
            threshold: state?.threshold
                ?? CircuitBreaker.threshold(desiredCount: deployment?.desiredCount ?? 0))
    }

    /// The API's view of a service revision. The digests of its images are known once a host has reported them.
    borrowing func describe(_ record: ServiceRevisionRecord, _ arns: ARNFactory) -> ECS.ServiceRevision {
        var revision = ECS.ServiceRevision()
        revision.serviceRevisionArn = arns.serviceRevision(record.id, of: record.service)
        revision.serviceArn = arns.service(record.service)
        revision.clusterArn = arns.cluster(record.service.cluster.rawValue)
        revision.taskDefinition = arns.taskDefinition(record.tasks.taskDefinition)
        revision.launchType = record.tasks.describedLaunchType
        revision.capacityProviderStrategy = record.tasks.capacityProviderStrategy
        revision.networkConfiguration = record.tasks.networkConfiguration
        revision.loadBalancers = []
        revision.serviceRegistries = []
        revision.guardDutyEnabled = false
        revision.serviceConnectConfiguration = ECS.ServiceConnectConfiguration(enabled: false)
        revision.createdAt = record.createdAt
        let task = task(of: record)
        revision.containerImages = record.images.map { image in
            ECS.ContainerImage(
                containerName: image.container, image: image.image,
                imageDigest: task?.containers.first { $0.name == image.container }?.imageDigest)
        }
        return revision
    }

    /// The oldest task that there is of the revision.
    private borrowing func task(of revision: ServiceRevisionRecord) -> TaskRecord? {
        for deployment in deployments.deployments(of: revision.service) where deployment.revision == revision.id {
            if let sequence = tasks.ofServices.tasks(of: deployment.id).first { return tasks[sequence: sequence] }
        }
        return nil
    }
}
