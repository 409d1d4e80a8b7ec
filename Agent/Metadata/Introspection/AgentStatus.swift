package import AgentJournal
import AgentProtocol
package import FoundationEssentials
import Support

/// How an agent and its tasks are, for people: what `stevedore-agent status` shows.
package struct AgentStatus: Codable, Sendable, Hashable {
    package struct Connection: Codable, Sendable, Hashable {
        package var isConnected: Bool
        /// Since when it is as it is.
        package var since: Date
        /// Why it is not connected.
        package var problem: String?

        package init(isConnected: Bool, since: Date, problem: String? = nil) {
            self.isConnected = isConnected
            self.since = since
            self.problem = problem
        }
    }

    package struct Container: Codable, Sendable, Hashable {
        package var name: String
        package var image: String
        package var status: String
        package var runtimeID: String?
        package var exitCode: Int?
        package var reason: String?
    }

    package struct Task: Codable, Sendable, Hashable {
        package var arn: String
        package var taskDefinition: String
        package var desiredStatus: String
        package var status: String
        package var reason: String?
        /// Whether the control plane has heard of all of it.
        package var isReported: Bool
        package var containers: [Container]
    }

    package var version: String
    package var cluster: String
    package var controlPlane: String
    package var containerInstanceArn: String?
    package var connection: Connection
    /// Why tasks do not reach their endpoints on this host; nil if they do.
    package var endpointProblem: String?
    package var tasks: [Task]

    package init(
        version: String, cluster: String, controlPlane: String, containerInstanceArn: String?, connection: Connection,
        endpointProblem: String?, records: [TaskRecord]
    ) {
        self.version = version
        self.cluster = cluster
        self.controlPlane = controlPlane
        self.containerInstanceArn = containerInstanceArn
        self.connection = connection
        self.endpointProblem = endpointProblem
        tasks = records.sorted { $0.taskArn < $1.taskArn }.map(Task.init)
    }

    package static func decode(_ body: [UInt8]) throws -> Self {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return try decoder.decode(Self.self, from: Data(body))
    }

    /// A line for the agent, and one for each task and container.
    package var text: String {
        var lines = [
            "Agent:         \(version)",
            "Cluster:       \(cluster)",
            "Instance:      \(containerInstanceArn ?? "not registered yet")",
            "Control plane: \(controlPlane), \(connection.isConnected ? "connected" : "not connected") since "
                + Timestamps.iso8601(connection.since) + (connection.problem.map { ": \($0)" } ?? ""),
            "Endpoints:     \(endpointProblem.map { "not reachable: \($0)" } ?? "reachable for tasks")",
            "Tasks:         \(tasks.count)",
        ]
        for task in tasks {
            var line = "  \(task.arn)  \(task.taskDefinition)  \(task.status)"
            if task.desiredStatus != task.status { line += " (desired \(task.desiredStatus))" }
            if let reason = task.reason { line += "  \(reason)" }
            if !task.isReported { line += "  not reported yet" }
            lines.append(line)
            for container in task.containers {
                var line = "    \(container.name)  \(container.image)  \(container.status)"
                if let id = container.runtimeID { line += "  \(id.prefix(12))" }
                if let code = container.exitCode { line += "  exit code \(code)" }
                if let reason = container.reason { line += "  \(reason)" }
                lines.append(line)
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension AgentStatus.Task {
    fileprivate init(_ record: TaskRecord) {
        self.init(
            arn: record.taskArn, taskDefinition: "\(record.assignment.family):\(record.assignment.revision)",
            desiredStatus: record.desiredStatus.rawValue, status: record.status.rawValue, reason: record.stoppedReason,
            isReported: record.isAcknowledged,
            containers: zip(record.containers, record.assignment.containers).map { container, specification in
                AgentStatus.Container(
                    name: container.name, image: specification.image, status: container.phase.rawValue.uppercased(),
                    runtimeID: container.runtimeID, exitCode: container.exitCode, reason: container.reason)
            })
    }
}
