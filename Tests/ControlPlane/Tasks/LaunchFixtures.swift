import AWSModels
import AWSProtocol
import ControlPlaneState
import Foundation

@testable import ControlPlaneAPI

/// A shape from the JSON that a client would send.
func shape<Shape: AWSShape>(_ type: Shape.Type, _ json: String) throws -> Shape {
    try AWSJSONCodec().decode(type, from: Array(json.utf8))
}

/// A task definition of one container, `app`, with what the JSON says besides.
func taskDefinition(_ json: String = "{}", container: String = "{}") throws -> ECS.TaskDefinition {
    var definition = try shape(ECS.TaskDefinition.self, json)
    var app = try shape(ECS.ContainerDefinition.self, container)
    app.name = "app"
    app.image = "busybox"
    app.cpu = app.cpu ?? 10
    app.memory = app.memory ?? 100
    definition.family = "web"
    definition.containerDefinitions = (definition.containerDefinitions ?? []) + [app]
    definition.compatibilities = definition.compatibilities ?? [.external, .ec2]
    return definition
}

extension TestControlPlane {
    /// Files a task definition that registration may not make yet.
    func put(_ definition: ECS.TaskDefinition, tags: [ECS.Tag] = []) async throws {
        let record = TaskDefinitionRecord(
            id: TaskDefinitionID(family: definition.family ?? "", revision: 1), definition: definition, tags: tags)
        try await state.transact { tx in tx.put(record) }
    }

    /// Changes a task's record as a controller would.
    func change(_ arn: String, _ body: @Sendable @escaping (inout TaskRecord) -> Void) async throws {
        try await state.transact { tx in
            guard var task = tx.task(String(arn.split(separator: "/").last ?? ""), in: .default) else { return }
            body(&task)
            tx.put(task)
        }
    }

    /// Runs one copy of a family and gives its ARN.
    func runTask(_ family: String = "web", _ options: [String: Any] = [:]) async throws -> String {
        let input = options.merging(["taskDefinition": family]) { $1 }
        return try await call("RunTask", input).list("tasks").first?.text("taskArn") ?? ""
    }
}
