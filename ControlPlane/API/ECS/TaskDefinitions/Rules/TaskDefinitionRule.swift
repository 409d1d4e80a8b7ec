import AWSModels
import AWSProtocol

/// One thing that ECS asks of a task definition at registration.
///
/// The rules of a topic are a list in a file of that name; `field` leads from a field of the API to its rules.
struct TaskDefinitionRule: Sendable {
    /// The field or fields that the rule is about, as the API names them.
    let field: String
    /// The launch types whose task definitions must keep the rule; nil if all must.
    let launchTypes: [ECS.Compatibility]?
    /// What is wrong with the request, in ECS's words where they are known; nil if nothing is.
    let violation: @Sendable (ECS.RegisterTaskDefinitionRequest) -> String?

    init(
        _ field: String, for launchTypes: ECS.Compatibility...,
        violation: @escaping @Sendable (ECS.RegisterTaskDefinitionRequest) -> String?
    ) {
        self.field = field
        self.launchTypes = launchTypes.isEmpty ? nil : launchTypes
        self.violation = violation
    }

    /// A rule about each container by itself.
    static func container(
        _ field: String, for launchTypes: ECS.Compatibility...,
        violation: @escaping @Sendable (ECS.ContainerDefinition, ECS.RegisterTaskDefinitionRequest) -> String?
    ) -> Self {
        Self("containerDefinitions[].\(field)", launchTypes: launchTypes.isEmpty ? nil : launchTypes) { request in
            for container in request.containerDefinitions ?? [] {
                if let problem = violation(container, request) { return problem }
            }
            return nil
        }
    }

    private init(
        _ field: String, launchTypes: [ECS.Compatibility]?,
        violation: @escaping @Sendable (ECS.RegisterTaskDefinitionRequest) -> String?
    ) {
        self.field = field
        self.launchTypes = launchTypes
        self.violation = violation
    }
}

extension TaskDefinitionRule {
    /// Rules run in this order and the first that is broken answers, so those that others build on come first.
    static let all: [Self] =
        identity + runtimePlatform + cpuAndMemory + timeouts + process + environment + secrets + roles
        + portMappings + portRanges + networkMode + dependencies + healthCheck + restartPolicy + linuxParameters
        + ulimits + systemControls + volumes + volumeConfigurations + mountPoints + logConfiguration + firelens
        + proxyConfiguration + resourceRequirements + security + placementConstraints + storage
        + fargateTask + fargateContainers + external + managedInstances

    /// What every task definition must keep, whatever it is for.
    static let common = all.filter { $0.launchTypes == nil }

    /// What the task definitions of one launch type must keep beside the common rules.
    private static let own: [ECS.Compatibility: [Self]] = Dictionary(
        uniqueKeysWithValues: launchTypes.map { launchType in
            (launchType, all.filter { $0.launchTypes?.contains(launchType) == true })
        })

    /// In the order in which ECS lists them.
    ///
    /// - Source: `compatibilities` of task definitions that ECS described: `["EXTERNAL","EC2"]`, `["EC2","FARGATE"]`,
    ///   `["EC2","MANAGED_INSTANCES","FARGATE"]`.
    private static let launchTypes: [ECS.Compatibility] = [.external, .ec2, .managedInstances, .fargate]

    /// - Throws: ClientException for the first rule that the request breaks.
    static func check(_ request: ECS.RegisterTaskDefinitionRequest) throws(AWSError) {
        if let problem = violation(of: request) { throw .client(problem) }
    }

    /// The launch types whose rules the request keeps, whether it requires them or not.
    ///
    /// - Source: API Reference, TaskDefinition, `compatibilities`.
    static func compatibilities(of request: ECS.RegisterTaskDefinitionRequest) -> [ECS.Compatibility] {
        guard first(of: common, brokenBy: request) == nil else { return [] }
        return launchTypes.filter { first(of: own[$0] ?? [], brokenBy: request) == nil }
    }

    /// A request that requires no launch type must fit one; the answer is EC2's if it fits none.
    private static func violation(of request: ECS.RegisterTaskDefinitionRequest) -> String? {
        if let problem = first(of: common, brokenBy: request) { return problem }
        let required = request.requiresCompatibilities ?? []
        for launchType in required {
            if let problem = first(of: own[launchType] ?? [], brokenBy: request) { return problem }
        }
        guard required.isEmpty, compatibilities(of: request).isEmpty else { return nil }
        return first(of: own[.ec2] ?? [], brokenBy: request)
    }

    private static func first(of rules: [Self], brokenBy request: ECS.RegisterTaskDefinitionRequest) -> String? {
        for rule in rules {
            if let problem = rule.violation(request) { return problem }
        }
        return nil
    }
}
