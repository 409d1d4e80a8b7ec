import AgentJournal
import AgentProtocol
package import FoundationEssentials
package import HTTPServer

/// Answers what containers ask at 169.254.170.2.
///
/// A task is told of itself alone: by an id that only its containers know, and only if the request comes from a network
/// that one of them is in.
///
/// - Source: spec/ecs-runtime.md sections 6.1 and 6.2.
package struct TaskRequests: Sendable {
    /// How long a request waits for the start of the container that makes it to be known here: the container runs
    /// a moment before the runtime says so.
    private static let startPatience: Duration = .seconds(3)
    private static let startPoll: Duration = .milliseconds(10)

    let tasks: any TaskDirectory
    let identity: EndpointIdentity
    let details: DetailsCache
    let stats: StatsBook
    let credentials: CredentialsStore
    let limit: RateLimit
    let availabilityZone: String?
    let now: @Sendable () -> Date

    package init(
        tasks: any TaskDirectory, identity: EndpointIdentity, details: DetailsCache, stats: StatsBook,
        credentials: CredentialsStore, limit: RateLimit, availabilityZone: String?,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.tasks = tasks
        self.identity = identity
        self.details = details
        self.stats = stats
        self.credentials = credentials
        self.limit = limit
        self.availabilityZone = availabilityZone
        self.now = now
    }

    @Sendable package func handle(_ request: Request) async -> Response {
        guard limit.admit() else { return JSONAnswer.text("You have reached maximum request limit.", status: 429) }
        guard request.method == "GET" else { return JSONAnswer.make("Only GET is served here", status: 405) }
        switch TaskRoute(path: request.path, query: request.query) {
        case .credentials(let version, let id): return await answer(version, id, to: request.remoteAddress)
        case .metadata(let version, let subject, let item):
            guard let found = await find(subject, for: request.remoteAddress) else {
                return JSONAnswer.make(Self.unknown(version, subject, item), status: 404)
            }
            return await answer(version, found, item)
        case nil: return JSONAnswer.make("404 page not found", status: 404)
        }
    }

    // MARK: - Whose

    private struct Found {
        var record: TaskRecord
        /// Nil for the whole task.
        var container: String?
    }

    private func find(_ subject: TaskRoute.Subject, for source: String) async -> Found? {
        switch subject {
        case .endpoint(let id): return await find(id, for: source)
        case .source(let runtimeID):
            let owner = await tasks.taskRecords().first {
                $0.assignment.networkInterface?.privateIPv4Address == source && !$0.isStopped
            }
            guard let owner else { return nil }
            guard let runtimeID else { return Found(record: owner) }
            return owner.containers.first { $0.runtimeID == runtimeID }.map { Found(record: owner, container: $0.name) }
        }
    }

    private func find(_ id: String, for source: String) async -> Found? {
        let deadline = ContinuousClock.now + Self.startPatience
        while true {
            guard let taskID = EndpointIdentity.taskID(inContainerID: id),
                let record = await tasks.taskRecord(id: taskID),
                let name = identity.container(id, among: record.containers.map(\.name), of: record.taskArn),
                let container = record.containers.first(where: { $0.name == name })
            else { return nil }
            if container.runtimeID != nil {
                return isPlausible(source, record) ? Found(record: record, container: name) : nil
            }
            // What has not been started cannot ask.
            guard container.phase == .creating, ContinuousClock.now < deadline,
                (try? await Task.sleep(for: Self.startPoll)) != nil
            else { return nil }
        }
    }

    /// Whether a container of the task may have this address; also if none of their addresses can be told.
    private func isPlausible(_ source: String, _ record: TaskRecord) -> Bool {
        var isTold = false
        for container in record.containers where container.phase != .stopped {
            guard let addresses = record.subject(container).flatMap(stats.addresses) else { continue }
            if addresses.contains(source) { return true }
            isTold = true
        }
        return !isTold
    }

    // MARK: - What

    private func answer(_ version: TaskRoute.Version, _ found: Found, _ item: TaskRoute.Item) async -> Response {
        let record = found.record
        switch item {
        case .container:
            guard let name = found.container, let document = await describer(version, record).container(name) else {
                return JSONAnswer.make("404 page not found", status: 404)
            }
            return JSONAnswer.make(document)
        case .task(let withTags): return JSONAnswer.make(await describer(version, record).task(withTags: withTags))
        case .containerStats:
            return JSONAnswer.make(
                record.containers.first { $0.name == found.container }.flatMap { figures($0, record, version) },
                snakeCase: true)
        case .taskStats:
            var all: [String: StatsDocument?] = [:]
            for container in record.containers {
                if let id = container.runtimeID { all.updateValue(figures(container, record, version), forKey: id) }
            }
            return JSONAnswer.make(all, snakeCase: true)
        case .associations: return JSONAnswer.make(["Associations": [String]()])
        case .association: return JSONAnswer.make("404 page not found", status: 404)
        }
    }

    private func describer(_ version: TaskRoute.Version, _ record: TaskRecord) async -> TaskDescriber {
        TaskDescriber(
            record: record, details: await details.details(of: record.containers), availabilityZone: availabilityZone,
            version: version)
    }

    private func figures(
        _ container: ContainerRecord, _ record: TaskRecord, _ version: TaskRoute.Version
    ) -> StatsDocument? {
        record.subject(container).flatMap { stats.stats($0, withRates: version == .v4, now: now()) }
    }

    private func answer(_ version: TaskRoute.CredentialsVersion, _ id: String, to source: String) async -> Response {
        func refuse(_ error: CredentialsError) -> Response { JSONAnswer.make(error, status: error.HTTPErrorCode) }
        guard !id.isEmpty else { return refuse(.noID(version)) }
        let owner = await tasks.taskRecords().first {
            $0.assignment.taskRoleArn != nil && !$0.isStopped && identity.credentialsID(task: $0.taskArn) == id
        }
        guard let owner, isPlausible(source, owner) else { return refuse(.notFound(version)) }
        guard let found = credentials[id], found.expiration.map({ now() < $0 }) ?? true else {
            return refuse(.uninitialized(version))
        }
        return JSONAnswer.make(CredentialsDocument(found, now: now()))
    }

    private static func unknown(
        _ version: TaskRoute.Version, _ subject: TaskRoute.Subject, _ item: TaskRoute.Item
    ) -> String {
        let (handler, wanted, found) =
            switch item {
            case .container: ("container metadata", "container ID", "docker ID")
            case .containerStats: ("container stats", "container ID", "docker ID")
            case .task: ("task metadata", "task arn", "task Arn")
            case .taskStats: ("task stats", "task arn", "task Arn")
            case .associations, .association: ("container associations", "container ID", "docker ID")
            }
        let start =
            "\(version.rawValue) \(handler) handler: unable to get \(wanted) from request: unable to get \(found)"
        return switch subject {
        case .endpoint(let id): "\(start) from v3 endpoint ID: \(id.prefix(120))"
        case .source: "\(start) for this address: no task in network mode awsvpc has it"
        }
    }
}
