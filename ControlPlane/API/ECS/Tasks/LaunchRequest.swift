import AWSModels
import AWSProtocol
import ControlPlaneState

/// What RunTask and StartTask say about where and how a task runs, beside the definition's own words.
struct LaunchRequest: Sendable {
    /// With the overrides put in.
    var definition: ECS.TaskDefinition
    /// The request's own; nil if it has none.
    var launchType: ECS.LaunchType?
    /// The request's own.
    var capacityProviderStrategy: [ECS.CapacityProviderStrategyItem] = []
    var cluster: ClusterRecord
    var platformVersion: String?
    var networkConfiguration: ECS.NetworkConfiguration?
    var placementConstraints: [ECS.PlacementConstraint] = []
    var placementStrategy: [ECS.PlacementStrategy] = []
    var volumeConfigurations: [ECS.TaskVolumeConfiguration] = []

    init(_ input: ECS.RunTaskRequest, definition: ECS.TaskDefinition, cluster: ClusterRecord) {
        self.definition = definition
        self.cluster = cluster
        launchType = input.launchType
        capacityProviderStrategy = input.capacityProviderStrategy ?? []
        platformVersion = input.platformVersion.given
        networkConfiguration = input.networkConfiguration
        placementConstraints = input.placementConstraints ?? []
        placementStrategy = input.placementStrategy ?? []
        volumeConfigurations = input.volumeConfigurations ?? []
    }

    /// StartTask names hosts, so neither capacity providers nor constraints have a say: the task is of the first launch
    /// type that both the definition and hosts allow.
    init(_ input: ECS.StartTaskRequest, definition: ECS.TaskDefinition, cluster: ClusterRecord) {
        self.definition = definition
        self.cluster = cluster
        let compatibilities = definition.compatibilities.given ?? [.ec2]
        launchType = !compatibilities.contains(.ec2) && compatibilities.contains(.external) ? .external : .ec2
        self.definition.placementConstraints = nil
        networkConfiguration = input.networkConfiguration
        volumeConfigurations = input.volumeConfigurations ?? []
    }

    /// What decides: the launch type that was asked for, else a strategy of the request or the cluster, else EC2.
    ///
    /// - Source: API Reference, RunTask `launchType` and `capacityProviderStrategy`.
    var compute: Compute {
        if let launchType { return .launchType(launchType) }
        if !capacityProviderStrategy.isEmpty { return .capacityProviders(capacityProviderStrategy) }
        if let strategy = cluster.defaultCapacityProviderStrategy.given { return .capacityProviders(strategy) }
        return .launchType(.ec2)
    }

    enum Compute: Sendable {
        case launchType(ECS.LaunchType)
        /// Never empty.
        case capacityProviders([ECS.CapacityProviderStrategyItem])

        /// FARGATE and FARGATE_SPOT are there without anyone making them; any other provider is made of hosts.
        var isFargate: Bool {
            switch self {
            case .launchType(let type): type == .fargate
            case .capacityProviders(let items):
                items.contains { item in
                    (try? Reference.capacityProvider(item.capacityProvider ?? "")).map(CapacityProviderNames.isReserved)
                        == true
                }
            }
        }

        /// What the task's record will say.
        var recordedLaunchType: TaskRecord.LaunchType {
            if case .launchType(.external) = self { .external } else { .ec2 }
        }
    }
}

/// One thing that ECS asks of a request to run a task on a definition that is valid by itself.
///
/// Rules run in order and the first that is broken answers, so put those that others build on first.
struct LaunchRule: Sendable {
    /// The field or fields that the rule is about, as the API names them.
    let field: String
    /// What is wrong with the request, in ECS's words where they are known; nil if nothing is.
    let violation: @Sendable (LaunchRequest) -> AWSError?

    /// A rule of ECS's that answers with another exception than InvalidParameterException.
    static func refusing(_ field: String, _ violation: @escaping @Sendable (LaunchRequest) -> AWSError?) -> Self {
        Self(field: field, violation: violation)
    }

    /// A rule of ECS's that answers with InvalidParameterException.
    static func invalid(_ field: String, _ violation: @escaping @Sendable (LaunchRequest) -> String?) -> Self {
        Self(field: field) { violation($0).map(AWSError.invalidParameter) }
    }

    /// - Throws: what the first rule that the request breaks answers.
    static func check(_ request: LaunchRequest) throws(AWSError) {
        for rule in all {
            if let error = rule.violation(request) { throw error }
        }
    }

    static let all: [Self] = compute + network + placement + volumes + notYet

    /// ECS's words that are understood and have no effect yet. What is taken off here has to work.
    private static let notYet: [Self] = [
        .refusing("launchType, capacityProviderStrategy") { request in
            switch request.compute {
            case .launchType(.fargate):
                .unsupportedFeature("The launch type FARGATE is not supported by this version of Stevedore.")
            case .capacityProviders where request.compute.isFargate:
                .unsupportedFeature("Fargate's capacity providers are not supported by this version of Stevedore.")
            default: nil
            }
        },
        .refusing("volumeConfigurations") { request in
            request.volumeConfigurations.first.map {
                .notSupportedYet("The volume configuration of '\(($0.name ?? "").prefix(60))'")
            }
        },
    ]
}
