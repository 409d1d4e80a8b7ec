package import AgentEngine
package import AgentMetadata
package import AgentNetwork
package import AgentResources
package import AgentSecrets
package import AgentSession
import FoundationEssentials
package import Support

/// Everything an agent is told at its start, read once and then never changed.
///
/// - Source: DESIGN.md section 6; the Amazon ECS agent's settings, spec/ecs-runtime.md section 7.
package struct AgentConfiguration: Sendable {
    package static let version = "0.1.0"

    package var controlPlane: String
    package var session: Session.Configuration
    package var dataDirectory: String
    /// A name to look for in PATH, or a path.
    package var runtime: String
    package var logFormat: LogFormat
    package var logLevel: LogLevel
    package var imagePullBehavior: EngineConfiguration.ImagePullBehavior
    package var pullsDependentContainersUpfront: Bool
    package var stopTimeoutSeconds: Int
    package var cleanUpWaitSeconds: Double
    package var housekeeping: Housekeeping
    package var startTimeoutSeconds: Double
    package var pullTimeoutSeconds: Double
    package var share: HostShare
    package var pullInactivitySeconds: Double
    /// ECS_ENGINE_AUTH_TYPE and ECS_ENGINE_AUTH_DATA.
    package var registryLogins: HostRegistryLogins
    package var policy: HostPolicy
    package var resources: ResourceConfiguration
    package var endpoints: EndpointConfiguration
    package var availabilityZone: String?
    /// Under which other hosts reach this one; nil to find out.
    package var hostAddress: String?
    /// ECS_ENABLE_TASK_ENI: nil if tasks may have network interfaces where this host can give them.
    package var isTaskENIEnabled: Bool?
    package var awsvpc: AwsvpcConfiguration
    /// ECS_INSTANCE_ATTRIBUTES, by name.
    package var attributes: [InstanceRegistration.Attribute]
    /// Keys of the configuration file that mean nothing to this agent.
    package var unknownKeys: [String]

    package static let reader = CommandLineReader(
        program: "stevedore-agent", summary: "Runs the tasks that a Stevedore control plane places on this host.",
        settings: settings + Housekeeping.settings + HostShare.settings + HostPolicy.settings + resourceSettings
            + endpointSettings + networkSettings, defaultFile: "/etc/ecs/ecs.config")

    static let settings: [Setting] = [
        .init(
            flag: "--control-plane", variable: "STEVEDORE_CONTROL_PLANE", valueName: "URL",
            default: "http://127.0.0.1:8600", help: "Where the control plane is."),
        .init(
            flag: "--cluster", variable: "ECS_CLUSTER", valueName: "NAME", default: "default",
            help: "The cluster that this host belongs to."),
        .init(
            flag: "--data-dir", variable: "ECS_DATADIR", valueName: "DIR", default: "/var/lib/stevedore/agent",
            help: "Where the agent keeps its journal and key."),
        .init(
            flag: "--join-token", variable: "STEVEDORE_JOIN_TOKEN", valueName: "T",
            help: "Lets a new host join; not needed any more once it has."),
        .init(
            flag: "--runtime", variable: "STEVEDORE_RUNTIME", valueName: "CLI", default: "docker",
            help: "The container runtime's command line; its own DOCKER_HOST is honoured."),
        .init(
            flag: "--log-format", variable: "ECS_LOG_OUTPUT_FORMAT", valueName: "logfmt|json", default: "logfmt",
            help: "How log lines are written."),
        .init(
            flag: "--log-level", variable: "ECS_LOGLEVEL", valueName: "LEVEL", default: "info",
            help: "The least that is logged: debug, info, warning or error."),
        .init(
            variable: "ECS_IMAGE_PULL_BEHAVIOR", default: "default",
            help: "When images are pulled: default, always, once or prefer-cached."),
        .init(
            variable: "ECS_IMAGE_PULL_TIMEOUT", default: "2h", help: "How long a pull may take."),
        .init(
            variable: "ECS_IMAGE_PULL_INACTIVITY_TIMEOUT", default: "1m",
            help: "How long a pull may make no progress."),
        .init(
            variable: "ECS_ENGINE_AUTH_TYPE", help: "The form of ECS_ENGINE_AUTH_DATA: docker or dockercfg."),
        .init(
            variable: "ECS_ENGINE_AUTH_DATA",
            help: "Credentials for registries, as JSON, for tasks that bring none of their own."),
        .init(
            variable: "ECS_PULL_DEPENDENT_CONTAINERS_UPFRONT", default: "false",
            help: "Whether images are pulled before the containers are there that theirs depends on."),
        .init(
            variable: "ECS_CONTAINER_CREATE_TIMEOUT", default: "4m", help: "How long making a container may take."),
        .init(
            variable: "ECS_CONTAINER_START_TIMEOUT", default: "3m", help: "How long starting a container may take."),
        .init(
            variable: "ECS_CONTAINER_STOP_TIMEOUT", default: "30s",
            help: "From the stop signal to SIGKILL, for containers that do not say."),
        .init(
            variable: "ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION", default: "3h",
            help: "How long the containers of a stopped task stay."),
        .init(
            variable: "ECS_INSTANCE_ATTRIBUTES", default: "{}",
            help: "Custom attributes of the container instance, given when it first registers."),
        .init(
            variable: "STEVEDORE_AVAILABILITY_ZONE", help: "The value of the attribute ecs.availability-zone."),
        .init(
            variable: "STEVEDORE_REGION", default: "us-east-1",
            help: "The region to sign for with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."),
        .init(
            variable: "AWS_ACCESS_KEY_ID", help: "A key to use instead of a join token."),
        .init(variable: "AWS_SECRET_ACCESS_KEY", help: "The secret that goes with it."),
    ]

    package init(_ values: SettingValues) throws(ConfigurationError) {
        func text(_ name: String) -> String { values.text(name) ?? "" }
        controlPlane = text("control-plane")
        guard HTTPControlPlane(url: controlPlane) != nil else {
            throw values.error(
                "control-plane", "expected http://HOST:PORT or https://HOST:PORT, found \"\(controlPlane.prefix(60))\"")
        }
        let cluster =
            try values.value("cluster", expected: "a cluster's name (letters, digits, - and _)", Self.clusterName) ?? ""
        dataDirectory = text("data-dir")
        guard dataDirectory.hasPrefix("/"), !dataDirectory.utf8.contains(0) else {
            throw values.error("data-dir", "expected an absolute path, found \"\(dataDirectory.prefix(60))\"")
        }
        runtime = text("runtime")
        guard !runtime.isEmpty else { throw values.error("runtime", "expected the name of a program") }
        logFormat = try values.value("log-format", expected: "logfmt or json") { LogFormat(rawValue: $0) } ?? .logfmt
        logLevel = try values.value("log-level", expected: "debug, info, warning or error", Self.logLevel) ?? .info

        imagePullBehavior =
            try values.value("ECS_IMAGE_PULL_BEHAVIOR", expected: "default, always, once or prefer-cached") {
                EngineConfiguration.ImagePullBehavior(rawValue: $0)
            } ?? .default
        pullsDependentContainersUpfront = try values.isTrue("ECS_PULL_DEPENDENT_CONTAINERS_UPFRONT")
        pullTimeoutSeconds = try values.seconds("ECS_IMAGE_PULL_TIMEOUT", atLeast: 1)
        pullInactivitySeconds = try values.seconds("ECS_IMAGE_PULL_INACTIVITY_TIMEOUT", atLeast: 1)
        registryLogins = try Self.registryLogins(values)
        // The minima are the Amazon ECS agent's.
        startTimeoutSeconds =
            try values.seconds("ECS_CONTAINER_CREATE_TIMEOUT", atLeast: 60)
            + values.seconds("ECS_CONTAINER_START_TIMEOUT", atLeast: 60)
        stopTimeoutSeconds = Int(try values.seconds("ECS_CONTAINER_STOP_TIMEOUT", atLeast: 1).rounded(.up))
        cleanUpWaitSeconds = try values.seconds("ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION", atLeast: 1)
        housekeeping = try Housekeeping(values)
        share = try HostShare(values)
        policy = try HostPolicy(values)
        attributes =
            try values.value("ECS_INSTANCE_ATTRIBUTES", expected: "a JSON object of strings", Self.attributes) ?? []
        hostAddress = try Self.hostAddress(values)
        isTaskENIEnabled = try values.value("ECS_ENABLE_TASK_ENI", expected: "true or false", GoBool.value)
        awsvpc = try Self.awsvpc(values)
        resources = try Self.resources(values)
        endpoints = try Self.endpoints(values)
        availabilityZone = values.text("STEVEDORE_AVAILABILITY_ZONE").flatMap { $0.isEmpty ? nil : $0 }

        let token = values.text("join-token").flatMap { $0.isEmpty ? nil : $0 }
        let region = text("STEVEDORE_REGION")
        session = Session.Configuration(
            cluster: cluster, joinToken: token, key: try Self.key(values, region: region), region: region)
        unknownKeys = values.unknownFileKeys
    }

    static func key(_ values: SettingValues, region: String) throws(ConfigurationError) -> SigningKey? {
        switch (values.text("AWS_ACCESS_KEY_ID"), values.text("AWS_SECRET_ACCESS_KEY")) {
        case (let id?, let secret?): return SigningKey(accessKeyID: id, secretAccessKey: secret, region: region)
        case (nil, nil): return nil
        case (nil, _): throw values.error("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID is missing")
        case (_, nil): throw values.error("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY is missing")
        }
    }

    /// No error quotes what was given: a password may have got into the wrong place.
    private static func registryLogins(_ values: SettingValues) throws(ConfigurationError) -> HostRegistryLogins {
        let type = values.text("ECS_ENGINE_AUTH_TYPE") ?? ""
        let data = values.text("ECS_ENGINE_AUTH_DATA") ?? ""
        guard !(type.isEmpty && data.isEmpty) else { return HostRegistryLogins() }
        guard let form = HostRegistryLogins.Form(rawValue: type) else {
            throw values.error("ECS_ENGINE_AUTH_TYPE", "expected docker or dockercfg")
        }
        guard let logins = HostRegistryLogins(form, data: data) else {
            let entry = form == .docker ? #"{"username": …, "password": …}"# : #"{"auth": "BASE64"}"#
            throw values.error("ECS_ENGINE_AUTH_DATA", "expected a JSON object with \(entry) for each registry")
        }
        return logins
    }

    /// API Reference, CreateCluster, `clusterName`.
    private static func clusterName(_ text: String) -> String? {
        let isAllowed = text.utf8.allSatisfy {
            $0 == 0x2D || $0 == 0x5F || (0x30...0x39).contains($0) || (0x41...0x5A).contains($0)
                || (0x61...0x7A).contains($0)
        }
        return isAllowed && (1...255).contains(text.utf8.count) ? text : nil
    }

    /// Our names, and those of the Amazon ECS agent.
    private static func logLevel(_ text: String) -> LogLevel? {
        switch text {
        case "warn": .warning
        case "crit": .error
        default: LogLevel(name: text)
        }
    }

    private static func attributes(_ text: String) -> [InstanceRegistration.Attribute]? {
        guard let object = try? JSONDecoder().decode([String: String?].self, from: Data(text.utf8)) else { return nil }
        return object.sorted { $0.key < $1.key }.map { .init($0.key, $0.value) }
    }
}
