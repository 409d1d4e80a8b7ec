package import FoundationEssentials

/// ECS's service scheduler: what is to be done so that a service has the tasks it should have.
///
/// It touches nothing and reads no clock. The loop around it turns records into these values, carries out the plan, and
/// asks again when a task, an instance or the service changed, or at ``Plan/wakeAt``.
///
///             accounts             by status, controller and strategy                    concludes
///     tasks ─▶ BackOff          ─▶ Replica ─ RollingDeployment, Draining, LostHosts,  ─▶ removes deployments
///              CircuitBreaker        ScaleInOrder, ZoneRebalancing                        completes, SteadyState
///                                  TaskSets · Daemon · ServiceDeletion                    Notices
///
/// Each rule is a file. A plan costs the tasks of the service; with DAEMON, the instances as well.
///
/// - Source: spec/ecs-scheduling.md sections 3 to 5.
package enum ServicePlanner {
    /// - Parameter tasks: of the service, in the order of their keys, until they were shown as STOPPED once.
    /// - Parameter instances: those that `tasks` refer to; of a DAEMON every one it could have a task on.
    package static func plan(
        _ service: Service, tasks: [ServiceTask], instances: [Instance], now: Date, settings: Settings = Settings()
    ) -> Plan {
        var draft = Draft(service: service, tasks: tasks, instances: instances, now: now, settings: settings)
        switch (service.status, service.deploymentController, service.schedulingStrategy) {
        case (.inactive, _, _): break
        case (.draining, _, _): ServiceDeletion.plan(&draft)
        case (.active, .external, _): TaskSets.plan(&draft)
        case (.active, .ecs, .replica): Replica.plan(&draft)
        case (.active, .ecs, .daemon): Daemon.plan(&draft)
        }
        return draft.finish()
    }
}
