import AgentJournal
import AgentProtocol
import FoundationEssentials
package import HTTPServer

/// Answers what people and monitors on the host ask the agent of itself and its tasks.
///
/// - Source: ECS Developer Guide, "Amazon ECS container introspection"; spec/ecs-runtime.md section 6.4.
package struct IntrospectionRequests: Sendable {
    package static let port: UInt16 = 51678
    /// The one path that is not ECS's: an ``AgentStatus``.
    package static let statusPath = "/stevedore/v1/status"

    private static let paths = ["/v1/metadata", "/v1/tasks", "/license", statusPath]

    let tasks: any TaskDirectory
    let details: DetailsCache
    let status: @Sendable () async -> AgentStatus
    let allowsOffHost: Bool
    let interfaces: @Sendable () -> [HostInterface]

    /// - Parameters:
    ///   - allowsOffHost: ECS_ALLOW_OFFHOST_INTROSPECTION_ACCESS.
    ///   - status: with what the endpoints do not know.
    package init(
        tasks: any TaskDirectory, details: DetailsCache, allowsOffHost: Bool,
        status: @escaping @Sendable () async -> AgentStatus
    ) {
        self.init(
            tasks: tasks, details: details, allowsOffHost: allowsOffHost, interfaces: HostInterface.all, status: status)
    }

    init(
        tasks: any TaskDirectory, details: DetailsCache, allowsOffHost: Bool,
        interfaces: @escaping @Sendable () -> [HostInterface], status: @escaping @Sendable () async -> AgentStatus
    ) {
        self.tasks = tasks
        self.details = details
        self.allowsOffHost = allowsOffHost
        self.interfaces = interfaces
        self.status = status
    }

    @Sendable package func handle(_ request: Request) async -> Response {
        guard await isAllowed(request.remoteAddress) else {
            return JSONAnswer.text("Only this host and its containers may ask.", status: 403)
        }
        guard request.method == "GET" else { return JSONAnswer.text("Only GET is served here.", status: 405) }
        switch request.path {
        case "/": return JSONAnswer.make(["AvailableCommands": Self.paths])
        case "/v1/metadata":
            let status = await status()
            return JSONAnswer.make(
                AgentDocument(
                    Cluster: status.cluster, ContainerInstanceArn: status.containerInstanceArn,
                    Version: "Stevedore Agent - v\(status.version)"))
        case "/v1/tasks": return await answerTasks(request.query ?? "")
        case "/license": return JSONAnswer.text(Self.license)
        case Self.statusPath: return JSONAnswer.make(await status())
        default: return JSONAnswer.text("404 page not found", status: 404)
        }
    }

    private func isAllowed(_ peer: String) async -> Bool {
        if allowsOffHost || PeerAddress.isOnHost(peer, interfaces: interfaces()) { return true }
        return await tasks.taskRecords().contains { $0.assignment.networkInterface?.privateIPv4Address == peer }
    }

    // MARK: - Tasks

    private func answerTasks(_ query: String) async -> Response {
        let members = QueryMembers(query)
        let all = await tasks.taskRecords().sorted { $0.taskArn < $1.taskArn }
        let selected: [TaskRecord]
        if let arn = members["taskarn"] {
            selected = all.filter { $0.taskArn == arn }
        } else if let id = members["dockerid"] {
            // A beginning is enough if it is one container's alone.
            selected =
                id.isEmpty
                ? [] : all.filter { $0.containers.contains { $0.runtimeID?.hasPrefix(id) ?? false } }
            let containers = selected.flatMap(\.containers).count { $0.runtimeID?.hasPrefix(id) ?? false }
            guard containers < 2 else {
                return JSONAnswer.make("More than one container's id begins with \(id.prefix(64))", status: 400)
            }
        } else {
            return JSONAnswer.make(TaskListDocument(Tasks: await describe(all)))
        }
        guard let task = await describe(Array(selected.prefix(1))).first else {
            return JSONAnswer.make("There is no such task here", status: 404)
        }
        return JSONAnswer.make(task)
    }

    private func describe(_ records: [TaskRecord]) async -> [IntrospectedTask] {
        let details = await details.details(of: records.flatMap(\.containers))
        return records.map { record in
            let describer = TaskDescriber(record: record, details: details, availabilityZone: nil, version: .v4)
            return IntrospectedTask(describer.task(withTags: false))
        }
    }

    private static let license = """
        This program contains the Swift standard library and Foundation (Apache License 2.0 with Runtime Library
        Exception) and uses libmicrohttpd (LGPL 2.1 or later), libcurl (curl license), SQLite (public domain) and
        OpenSSL (Apache License 2.0).
        """
}
