import AWSModels
import AWSProtocol

/// One thing that ECS asks of a task definition at registration.
///
/// Rules run in order and the first that is broken answers, so put those that others build on first.
struct TaskDefinitionRule: Sendable {
    /// The field or fields that the rule is about, as the API names them.
    let field: String
    /// What is wrong with the request, in ECS's words where they are known; nil if nothing is.
    let violation: @Sendable (ECS.RegisterTaskDefinitionRequest) -> String?

    init(_ field: String, _ violation: @escaping @Sendable (ECS.RegisterTaskDefinitionRequest) -> String?) {
        self.field = field
        self.violation = violation
    }

    /// A rule about each container by itself.
    static func container(
        _ field: String,
        _ violation: @escaping @Sendable (ECS.ContainerDefinition, ECS.RegisterTaskDefinitionRequest) -> String?
    ) -> Self {
        Self("containerDefinitions[].\(field)") { request in
            for container in request.containerDefinitions ?? [] {
                if let problem = violation(container, request) { return problem }
            }
            return nil
        }
    }

    /// - Throws: ClientException for the first rule that the request breaks.
    static func check(_ request: ECS.RegisterTaskDefinitionRequest) throws(AWSError) {
        for rule in all {
            if let problem = rule.violation(request) { throw .client(problem) }
        }
    }

    static let all: [Self] = identity + resources + network
}
