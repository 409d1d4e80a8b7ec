import AWSModels

/// The options of the log drivers that ECS passes to Docker.
///
/// - Source: API Reference, LogConfiguration, `options`; Docker's pages on its logging drivers, since it starts no
///   container with an option that it does not know.
enum LogDrivers {
    struct Options: Sendable {
        /// Without these there is no log.
        var required: [String] = []
        /// Nil if every option is taken, since another program reads them.
        var known: Set<String>?
    }

    static func options(of driver: ECS.LogDriver) -> Options { table[driver] ?? Options() }

    private static let table: [ECS.LogDriver: Options] = [
        .awsfirelens: Options(),
        .awslogs: Options(
            required: ["awslogs-region", "awslogs-group"],
            known: delivery.union([
                "awslogs-region", "awslogs-group", "awslogs-create-group", "awslogs-credentials-endpoint",
                "awslogs-datetime-format", "awslogs-endpoint", "awslogs-force-flush-interval-seconds",
                "awslogs-format", "awslogs-max-buffered-events", "awslogs-multiline-pattern", "awslogs-stream",
                "awslogs-stream-prefix", "tag",
            ])),
        .fluentd: Options(
            known: delivery.union(labelling).union([
                "fluentd-address", "fluentd-async", "fluentd-async-connect", "fluentd-async-reconnect-interval",
                "fluentd-buffer-limit", "fluentd-max-retries", "fluentd-read-timeout", "fluentd-request-ack",
                "fluentd-retry-wait", "fluentd-sub-second-precision", "fluentd-write-timeout",
            ])),
        .gelf: Options(
            required: ["gelf-address"],
            known: delivery.union(labelling).union([
                "gelf-address", "gelf-compression-level", "gelf-compression-type", "gelf-tcp-max-reconnect",
                "gelf-tcp-reconnect-delay",
            ])),
        .journald: Options(known: delivery.union(labelling)),
        .jsonFile: Options(known: delivery.union(labelling).union(["compress", "max-file", "max-size"])),
        .splunk: Options(
            required: ["splunk-token", "splunk-url"],
            known: delivery.union(labelling).union([
                "splunk-caname", "splunk-capath", "splunk-format", "splunk-gzip", "splunk-gzip-level", "splunk-index",
                "splunk-index-acknowledgment", "splunk-insecureskipverify", "splunk-source", "splunk-sourcetype",
                "splunk-token", "splunk-url", "splunk-verify-connection",
            ])),
        .syslog: Options(
            known: delivery.union(labelling).union([
                "syslog-address", "syslog-facility", "syslog-format", "syslog-tls-ca-cert", "syslog-tls-cert",
                "syslog-tls-key", "syslog-tls-skip-verify",
            ])),
    ]

    /// How a container's output waits for the driver.
    private static let delivery: Set<String> = ["mode", "max-buffer-size"]

    private static let labelling: Set<String> = ["env", "env-regex", "labels", "labels-regex", "tag"]
}
