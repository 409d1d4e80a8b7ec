import AWSModels
import AgentProtocol

extension ContainerSpecification {
    private static let streamPrefix = "awslogs-stream-prefix"

    /// Whether the place that its output goes to has the task's id in its name.
    static func namesTaskInLog(_ container: ECS.ContainerDefinition) -> Bool {
        container.logConfiguration?.options?[streamPrefix] != nil
    }

    /// Where its output goes.
    mutating func takeLogConfiguration(of container: ECS.ContainerDefinition, taskID: String) {
        guard let given = container.logConfiguration, let driver = given.logDriver else { return }
        var options = given.options ?? [:]
        // Docker knows streams but no prefixes: ECS makes the one of the other.
        if driver == .awslogs, let prefix = options.removeValue(forKey: Self.streamPrefix), !prefix.isEmpty {
            options["awslogs-stream"] = "\(prefix)/\(name)/\(taskID)"
        }
        let secrets = (given.secretOptions ?? []).map {
            SecretReference(name: $0.name ?? "", valueFrom: $0.valueFrom ?? "")
        }
        logConfiguration = LogConfiguration(
            logDriver: driver.rawValue, options: options, secretOptions: secrets.isEmpty ? nil : secrets)
    }
}
