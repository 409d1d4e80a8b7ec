/// How the endpoints of a host answer. The names in brackets are the agent's settings.
///
/// - Source: spec/ecs-runtime.md section 7.
package struct EndpointConfiguration: Sendable, Hashable {
    /// What all tasks together may ask for (ECS_TASK_METADATA_RPS_LIMIT).
    package var rate = RateLimit.Rate(perSecond: 40, burst: 60)
    /// Whether others than this host and its containers may read of the agent and its tasks
    /// (ECS_ALLOW_OFFHOST_INTROSPECTION_ACCESS).
    package var allowsOffHostIntrospection = false

    package init() {}
}
