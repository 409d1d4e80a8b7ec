/// What a control plane may set for all services, and what ECS leaves open.
package struct Settings: Sendable {
    /// How long a task without health check or load balancer has to be RUNNING before it counts as healthy.
    ///
    /// - Unit: seconds. Default: 5, where ECS has 40.
    package var healthyAfterSeconds: Double
    /// How long after its host was last heard of a task is replaced. Hosts are shown as disconnected earlier.
    ///
    /// - Unit: seconds. Default: 60.
    package var replaceAfterSeconds: Double
    /// After what time a placement that failed is tried once more although nothing is known to have changed.
    ///
    /// - Unit: seconds. Default: 60.
    package var placementRetrySeconds: Double
    /// After what time an event that says the same again is posted again.
    ///
    /// - Unit: seconds. Default: 6 hours.
    package var eventRepeatSeconds: Double

    package init(
        healthyAfterSeconds: Double = 5, replaceAfterSeconds: Double = 60, placementRetrySeconds: Double = 60,
        eventRepeatSeconds: Double = 21_600
    ) {
        self.healthyAfterSeconds = healthyAfterSeconds
        self.replaceAfterSeconds = replaceAfterSeconds
        self.placementRetrySeconds = placementRetrySeconds
        self.eventRepeatSeconds = eventRepeatSeconds
    }
}
