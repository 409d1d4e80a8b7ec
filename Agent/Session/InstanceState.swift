import AgentProtocol
import FoundationEssentials
import HTTPClient

/// What an agent may make of its own container instance.
///
/// - Source: API Reference, UpdateContainerInstancesState, `status`.
package enum InstanceState: String, Codable, Sendable {
    case active = "ACTIVE"
    case draining = "DRAINING"
}

/// UpdateContainerInstancesState as it is on the wire.
private enum UpdateContainerInstancesState {
    static let target = "AmazonEC2ContainerServiceV20141113.UpdateContainerInstancesState"

    struct Request: Encodable {
        var cluster: String
        var containerInstances: [String]
        var status: InstanceState
    }

    struct Response: Decodable {
        struct ContainerInstance: Decodable {
            var runningTasksCount: Int
            var pendingTasksCount: Int
        }

        struct Failure: Decodable { var reason: String? }

        var containerInstances: [ContainerInstance]
        var failures: [Failure]?
    }
}

extension HTTPControlPlane {
    /// - Returns: the tasks that run, or are about to, on the instance.
    package func set(
        _ state: InstanceState, of containerInstanceArn: String, cluster: String, key: SigningKey
    ) async throws(ControlPlaneError) -> Int {
        let headers = [
            ClientHeader("Content-Type", RegisterContainerInstance.contentType),
            ClientHeader("X-Amz-Target", UpdateContainerInstancesState.target),
        ]
        let request = UpdateContainerInstancesState.Request(
            cluster: cluster, containerInstances: [containerInstanceArn], status: state)
        let response = try await send("POST", "/", headers: headers, body: try encode(request), key: key)
        guard response.status == 200 else { throw refusal(response.status, response.body) }
        let answer = try decode(UpdateContainerInstancesState.Response.self, response.body)
        guard let instance = answer.containerInstances.first else {
            throw ControlPlaneError(
                code: .unknownInstance,
                message: "\(containerInstanceArn) is \(answer.failures?.first?.reason ?? "not known") there")
        }
        return instance.runningTasksCount + instance.pendingTasksCount
    }
}
