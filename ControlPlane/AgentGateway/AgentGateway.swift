import AgentProtocol
package import ControlPlaneSecrets
package import ControlPlaneState
package import FoundationEssentials
package import HTTPServer
import Placement
package import Support
import Synchronization

/// Where agents talk to the control plane: join once, hold a stream of assignments, send batches of reports.
///
/// ```
///  change feed ──▶ AgentSession (which tasks changed) ──▶ stream ──▶ agent
///  agent ──▶ reports ──▶ one transaction a batch ──▶ durable ──▶ acknowledged
/// ```
/// Level-triggered: a stream tells of tasks as they are when it is written, not of each step they took.
package final class AgentGateway: ChangeObserver {
    /// How agents are kept.
    package struct Settings: Sendable {
        /// An agent that was not heard of for this long counts as disconnected, so it is told to speak three times as
        /// often.
        package var agentTimeoutSeconds: Int
        /// Between two lines of a stream at most.
        package var pingIntervalSeconds: Int
        /// Whether agents' datagrams are given to ``AgentGateway/take(sign:)``.
        package var takesSigns: Bool

        package init(agentTimeoutSeconds: Int, pingIntervalSeconds: Int = 15, takesSigns: Bool = false) {
            self.agentTimeoutSeconds = agentTimeoutSeconds
            self.pingIntervalSeconds = pingIntervalSeconds
            self.takesSigns = takesSigns
        }

        var heartbeatIntervalSeconds: Int { max(1, agentTimeoutSeconds / 3) }
    }

    let state: ClusterState
    let arns: ARNFactory
    let now: @Sendable () -> Date
    let random: RandomSource
    let log: Logger
    let secrets: any SecretProvider
    private let settings: Settings
    let vpc: VPC
    private let builder: AssignmentBuilder
    private let sharedAssignments = SharedAssignments()
    let roles: TaskRoles
    let registry = SessionRegistry()
    let heard: @Sendable (ContainerInstanceID) async -> Void
    let seen: @Sendable (ContainerInstanceID) -> Void
    let streamEnded: @Sendable (ContainerInstanceID) -> Void

    /// - Parameters:
    ///   - roles: whose credentials go to the agents of their tasks.
    ///   - heard: told whenever an agent has said all that there is to say of its tasks, and it is in the state.
    ///   - seen: told of every sign of life before.
    ///   - streamEnded: told when an agent has no stream any more.
    package init(
        state: ClusterState, arns: ARNFactory, vpc: VPC, settings: Settings,
        roles: any RoleCredentialsProvider = NoRoleCredentials(), now: @escaping @Sendable () -> Date = { Date() },
        random: RandomSource = .system, log: Logger, secrets: any SecretProvider = NoSecrets(),
        heard: @escaping @Sendable (ContainerInstanceID) async -> Void,
        seen: @escaping @Sendable (ContainerInstanceID) -> Void = { _ in },
        streamEnded: @escaping @Sendable (ContainerInstanceID) -> Void = { _ in }
    ) {
        self.state = state
        self.arns = arns
        self.vpc = vpc
        self.settings = settings
        self.now = { Timestamps.toMilliseconds(now()) }
        self.random = random
        self.log = log
        self.secrets = secrets
        self.heard = heard
        self.seen = seen
        self.streamEnded = streamEnded
        builder = AssignmentBuilder(arns: arns)
        self.roles = TaskRoles(provider: roles, arns: arns, state: state, now: now)
    }

    /// Streams that are open now.
    package var sessionCount: Int { registry.count }

    // MARK: The change feed

    package func changed(_ changes: [Change], revision: Revision) {
        for change in changes {
            switch change {
            case .task(let old, let new): changed(old, new, revision)
            case .containerInstance(_, let new?) where new.status == .inactive: registry[new.id]?.close(.inactive)
            case .containerInstance(let old, let new?) where new.hostAddress != old?.hostAddress:
                for slice in state.peek({ $0.networks.slices(of: new.id) }) { tellAll(of: slice) }
            case .addressSlice(let old, let new): if let slice = new ?? old { tellAll(of: slice) }
            default: break
            }
        }
    }

    /// An agent need not hear of its own reports, only of what is asked of it and of what is over.
    private func changed(_ old: TaskRecord?, _ new: TaskRecord?, _ revision: Revision) {
        // What is forgotten was STOPPED, and told.
        guard let new else { return }
        let isNews =
            old?.desiredStatus != new.desiredStatus || (new.lastStatus == .stopped) != (old?.lastStatus == .stopped)
        if isNews { registry[new.containerInstance]?.note(new, revision) }
    }

    // MARK: Streams

    /// Pings idle streams, each at its own time within the interval, until cancelled.
    package func keepAlive(clock: some Clock<Duration> = ContinuousClock()) async {
        var second = 0
        while !Task.isCancelled {
            do { try await clock.sleep(for: .seconds(1)) } catch { return }
            second += 1
            for session in registry.all
            where session.number % settings.pingIntervalSeconds == second % settings.pingIntervalSeconds {
                session.ping()
            }
        }
    }

    /// Tells every agent that this control plane goes away, so that none waits for a time-out.
    package func closeAll() {
        for session in registry.all { session.close(.goingAway) }
    }

    /// `GET` ``AgentPath/stream``.
    package func openStream(_ request: Request, _ principal: AccessKeyRecord.Principal) async -> Response {
        do {
            let stream = try await connect(request, principal)
            return Response(status: 200, headers: ["Content-Type": "application/x-ndjson"]) { writer in
                try await self.send(stream, to: writer)
            }
        } catch {
            return error.response
        }
    }

    /// The stream that such a request opens, without a connection to write it to.
    package func connect(
        _ request: Request, _ principal: AccessKeyRecord.Principal
    ) async throws(GatewayRefusal) -> AgentStream {
        let query = QueryMembers(request.query ?? "")
        try Self.checkVersion(query[StreamQuery.protocolVersion].flatMap { Int($0) })
        let instance = try instance(query[StreamQuery.containerInstanceArn] ?? "", principal)
        // A lost one counts as there again with its first reports, which come at once: what its tasks became while it was
        // away is not known before.
        seen(instance.id)
        let session = AgentSession(
            instance: instance.id, id: query[StreamQuery.sessionID] ?? random.uuid(),
            signKey: settings.takesSigns ? AccessKeys.newSecret(random) : nil)
        try await note(hostAddress: query[StreamQuery.hostAddress], of: instance)
        return AgentStream(gateway: self, session: session)
    }

    /// A datagram that came, from whomever: it counts if it is a sign of life of an agent whose stream is open.
    package func take(sign datagram: [UInt8]) {
        guard let sign = SignOfLife(datagram: datagram) else { return }
        let instance = ContainerInstanceID(sign.containerInstance)
        if registry[instance]?.admits(sign) == true { seen(instance) }
    }

    private func send(_ stream: AgentStream, to writer: ResponseWriter) async throws {
        var stream = stream
        defer { stream.end() }
        let log = log.with(["containerInstance": stream.session.instance.rawValue, "session": stream.session.id])
        log.info("agent stream opened")
        defer { log.info("agent stream ended") }
        for message in try await stream.opening() { try await writer.send(message) }
        while !stream.isClosed {
            for message in try await stream.next() { try await writer.send(message.message, sharing: message.shared) }
        }
    }

    // MARK: What streams tell

    func hello(to session: AgentSession) -> SessionHello {
        SessionHello(
            heartbeatIntervalSeconds: settings.heartbeatIntervalSeconds,
            pingIntervalSeconds: settings.pingIntervalSeconds, signKey: session.signKey)
    }

    func assignments(of instance: ContainerInstanceID, in tables: borrowing Tables) -> [TaskAssignment] {
        var result: [TaskAssignment] = []
        tables.tasks.assigned(to: instance).forEach(after: nil) { sequence in
            if let task = tables.tasks[sequence: sequence], let assignment = assignment(of: task, in: tables) {
                result.append(assignment)
            }
            return true
        }
        return result
    }

    private func assignment(of task: TaskRecord, in tables: borrowing Tables) -> TaskAssignment? {
        let subnet = task.networkInterface.flatMap { tables.networks[$0.subnet] }
        return tables.taskDefinitions[task.taskDefinition].map {
            builder.assignment(for: task, definition: $0, subnet: subnet)
        }
    }

    /// What is to be told of these tasks, and of each that is to run the text that it shares with others.
    ///
    /// It looks at the state only for what the tasks do not say themselves, once a launch: ten thousand streams would
    /// wait for its lock.
    func message(
        _ sequence: Int, _ tasks: [TaskRecord]
    ) -> (AssignmentMessage, shared: [SharedAssignmentText?]) {
        var message = AssignmentMessage(sequence: sequence, isComplete: false, tasks: [])
        var shared: [SharedAssignmentText?] = []
        for task in tasks {
            if task.lastStatus != .stopped, let entry = sharedAssignment(of: task) {
                var assignment = entry.assignment
                let subnet = task.networkInterface.flatMap { interface in state.peek { $0.networks[interface.subnet] } }
                builder.complete(&assignment, for: task, subnet: subnet)
                message.tasks.append(assignment)
                shared.append(entry.text)
            } else if task.lastStatus != .stopped, let assignment = state.peek({ assignment(of: task, in: $0) }) {
                message.tasks.append(assignment)
                shared.append(nil)
            } else {
                message.removedTaskArns.append(arns.task(cluster: task.cluster.rawValue, id: task.id.description))
            }
        }
        return (message, shared)
    }

    /// Nil if the task shares nothing, or has no definition any more.
    private func sharedAssignment(of task: TaskRecord) -> SharedAssignments.Entry? {
        if let known = sharedAssignments[task.launch] { return known }
        guard let definition = sharedAssignments.definition(of: task, in: state),
            AssignmentBuilder.isShareable(definition.definition)
        else { return nil }
        let assignment = builder.shared(by: task, definition: definition)
        // What cannot be written now is written whole, and the failure is seen there.
        guard let text = try? SharedAssignmentText(assignment) else { return nil }
        let entry = SharedAssignments.Entry(launch: task.launch, assignment: assignment, text: text)
        sharedAssignments.insert(entry)
        return entry
    }

    // MARK: Who speaks

    static func checkVersion(_ version: Int?) throws(GatewayRefusal) {
        guard let version, AgentProtocolVersion.supported.contains(version) else {
            throw .invalid(
                "protocol version \(version.map { String($0) } ?? "?") is not spoken here; this control plane speaks "
                    + "\(AgentProtocolVersion.supported.lowerBound) to \(AgentProtocolVersion.supported.upperBound)")
        }
    }

    /// The instance of this ARN, if it is registered and the caller may speak for it.
    func instance(
        _ arn: String, _ principal: AccessKeyRecord.Principal, in tables: borrowing Tables
    ) throws(GatewayRefusal) -> ContainerInstanceRecord {
        guard let parsed = ARN(arn), parsed.resourceType == "container-instance", parsed.resourcePath.count == 2 else {
            throw .invalid("\"\(arn.prefix(160))\" is not the ARN of a container instance")
        }
        let id = ContainerInstanceID(parsed.resourcePath[1])
        switch principal {
        case .root: break
        case .agent(_, let own):
            if own == id { break }
            log.warning("an agent speaks for another container instance", ["claimed": arn, "own": own?.rawValue ?? ""])
            throw .denied("this key does not belong to the container instance \(arn)")
        case .user(let name):
            log.warning("a user speaks for a container instance", ["claimed": arn, "user": name])
            throw .denied("this key does not belong to the container instance \(arn)")
        }
        guard let record = tables.containerInstances[id], record.cluster.rawValue == parsed.resourcePath[0],
            record.status != .inactive
        else { throw .inactive("the container instance \(arn.prefix(200)) is not registered") }
        return record
    }

    func instance(
        _ arn: String, _ principal: AccessKeyRecord.Principal
    ) throws(GatewayRefusal) -> ContainerInstanceRecord {
        try state.viewNow { tables throws(GatewayRefusal) in try instance(arn, principal, in: tables) }.0.get()
    }
}

extension ResponseWriter {
    fileprivate func send(_ message: StreamMessage, sharing shared: [SharedAssignmentText?] = []) async throws {
        var line =
            switch message {
            case .assignments(let message): try message.line(sharing: shared)
            default: Array(try AgentCoding.encode(message))
            }
        line.append(UInt8(ascii: "\n"))
        try await write(line)
    }
}
