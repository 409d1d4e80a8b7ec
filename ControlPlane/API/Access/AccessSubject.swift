import AWSModels
import AccessPolicy

/// One thing that a request is about, as policies see it: what is done, to what, and how.
package struct AccessSubject: Sendable {
    /// What is done, if it is not the operation's own action: a request may need more than one.
    var action: String?
    /// An ARN, or `*` where the action is about no resource.
    var resource: String
    /// What the request has for the keys of conditions.
    private(set) var values: [ConditionKey: [String]] = [:]
    /// Those of the resource, if it is there. Asked where a condition asks.
    var resourceTags: @Sendable () -> [ECS.Tag]

    /// The ARN of the revision that the request's family stands for now. What was decided about is what is run, even if
    /// another revision, with a role that nobody has asked about, comes in between.
    var taskDefinition: String?

    init(
        _ resource: String = "*", action: String? = nil, resourceTags: @escaping @Sendable () -> [ECS.Tag] = { [] }
    ) {
        self.action = action
        self.resource = resource
        self.resourceTags = resourceTags
    }

    func with(_ key: ConditionKey, _ values: [String]) -> Self {
        var subject = self
        if !values.isEmpty { subject.values[key] = values }
        return subject
    }

    func with(_ key: ConditionKey, _ value: String?) -> Self { with(key, value.map { [$0] } ?? []) }

    /// The tags that a request brings: `aws:RequestTag/…` and `aws:TagKeys`.
    func with(tags: [ECS.Tag]?) -> Self {
        var subject = self
        for tag in tags ?? [] {
            guard let key = tag.key, !key.isEmpty else { continue }
            subject.values[.requestTag(key), default: []].append(tag.value ?? "")
            subject.values[.tagKeys, default: []].append(key)
        }
        return subject
    }
}

extension ConditionKey {
    static let tagKeys = ConditionKey("aws:TagKeys")
    static let cluster = ConditionKey("ecs:cluster")
    static let service = ConditionKey("ecs:service")
    static let taskDefinition = ConditionKey("ecs:task-definition")
    static let capacityProvider = ConditionKey("ecs:capacity-provider")
    static let containerInstances = ConditionKey("ecs:container-instances")
    static let enableExecuteCommand = ConditionKey("ecs:enable-execute-command")
    static let enableManagedTags = ConditionKey("ecs:enable-ecs-managed-tags")
    static let propagateTags = ConditionKey("ecs:propagate-tags")
    static let subnet = ConditionKey("ecs:subnet")
    static let namespace = ConditionKey("ecs:namespace")
    static let accountSetting = ConditionKey("ecs:account-setting")
    static let privileged = ConditionKey("ecs:privileged")
    static let computeCompatibility = ConditionKey("ecs:compute-compatibility")
    static let createAction = ConditionKey("ecs:CreateAction")
    static let passedToService = ConditionKey("iam:PassedToService")

    static func requestTag(_ key: String) -> ConditionKey { ConditionKey("aws:RequestTag/\(key)") }
}
