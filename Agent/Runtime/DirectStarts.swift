import FoundationEssentials
import HTTPClient
import Support
import Synchronization

/// Starts that ask the engine without a process of the command line in between.
///
/// A process of docker's command line takes some 20 ms of a processor and 20 MiB, to say for each task of a definition
/// what it said for the one before. So it is listened to when it makes the first container of a shape, and those that
/// follow are asked for in its words (``CreateTemplate``). Whatever goes otherwise than expected goes by the command line
/// again: this only makes starts cheaper.
final class DirectStarts: Sendable {
    enum Limits {
        static let templates = 200
        static let templateBytes = 256 << 10
        /// The command line has settings of its own (`~/.docker/config.json`, which may name proxies): after this long
        /// it is asked again.
        static let age: Duration = .seconds(600)
    }

    private struct State {
        var isCommandsEngine = false
        var templates: [ContainerLaunch: (template: CreateTemplate, learnedAt: ContinuousClock.Instant)] = [:]
    }

    private struct Answer: Decodable {
        var ID: String?
        var Id: String?
        var message: String?
    }

    private let relay: EngineRelay
    private let timeout: Duration
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())

    /// - Parameter timeout: for making and starting a container together.
    init(
        relay: EngineRelay, timeout: Duration,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock().now }
    ) {
        self.relay = relay
        self.timeout = timeout
        self.now = now
    }

    /// Finds out whether the engine behind the socket is the one that the command line speaks to: a docker context may
    /// say otherwise. Before that, and if it is not, every start is the command line's.
    ///
    /// - Parameter commandsEngine: the identifier that the command line tells; nil if it tells none.
    func compare(commandsEngine: String?) async {
        let request = ClientRequest(method: "GET", url: "http://localhost/info", timeout: timeout)
        let answer = try? await relay.client.send(request)
        let id = answer.flatMap { try? JSONDecoder().decode(Answer.self, from: Data($0.body)) }?.ID
        let isSame = id != nil && id == commandsEngine
        state.withLock { $0.isCommandsEngine = isSame }
    }

    /// Makes and starts a container in the way that the command line made one of the same shape.
    ///
    /// - Returns: nil if the command line has to do it; no container was made then.
    /// - Throws: `timedOut`, `cancelled`.
    func start(_ launch: ContainerLaunch) async throws(RuntimeError) -> ContainerStart? {
        let shape = CreateTemplate.shape(of: launch)
        guard let template = template(shape), let call = template.call(for: launch) else { return nil }
        let begun = now()
        let made = try await ask(call.target, call.body, timeout)
        guard made.status == 201, let id = made.answer?.Id, ContainerStart.isID(id) else {
            // Also if it is there already, or lacks its image: the command line finds out, and says it in its words.
            forget(shape)
            return nil
        }
        let rest = max(timeout - (now() - begun), .seconds(1))
        let started = try await ask(template.path(of: id, "start"), [], rest)
        switch started.status {
        case 204, 304: return ContainerStart(id: id, failure: nil)
        case nil: return ContainerStart(id: id, failure: "error during connect: \(started.words)")
        default: return ContainerStart(id: id, failure: "Error response from daemon: \(started.words)")
        }
    }

    /// Has the command line start a container, and listens.
    ///
    /// - Parameter command: runs it with these variables in addition.
    func learn<Output>(
        from launch: ContainerLaunch, _ command: ([String: String]) async throws(RuntimeError) -> Output
    ) async throws(RuntimeError) -> Output {
        guard state.withLock({ $0.isCommandsEngine }), let variables = try? relay.listen(for: launch.name) else {
            return try await command([:])
        }
        defer {
            if let call = relay.heard(for: launch.name), call.body.count <= Limits.templateBytes,
                let template = CreateTemplate(call, of: launch)
            {
                keep(template, CreateTemplate.shape(of: launch))
            }
        }
        return try await command(variables)
    }

    // MARK: - Templates

    private func template(_ shape: ContainerLaunch) -> CreateTemplate? {
        let now = now()
        return state.withLock { state in
            guard let (template, learnedAt) = state.templates[shape] else { return nil }
            if now - learnedAt < Limits.age { return template }
            state.templates[shape] = nil
            return nil
        }
    }

    private func keep(_ template: CreateTemplate, _ shape: ContainerLaunch) {
        let now = now()
        state.withLock { state in
            if state.templates.count >= Limits.templates,
                let oldest = state.templates.min(by: { $0.value.learnedAt < $1.value.learnedAt })
            {
                state.templates[oldest.key] = nil
            }
            state.templates[shape] = (template, now)
        }
    }

    private func forget(_ shape: ContainerLaunch) { state.withLock { $0.templates[shape] = nil } }

    // MARK: - The engine

    private struct Reply {
        /// Nil if there was no answer.
        var status: Int?
        var answer: Answer?
        /// The engine's, or what kept it from answering.
        var words: String
    }

    private func ask(_ target: String, _ body: [UInt8], _ timeout: Duration) async throws(RuntimeError) -> Reply {
        let headers = body.isEmpty ? [] : [ClientHeader("Content-Type", "application/json")]
        do throws(HTTPClientError) {
            let response = try await relay.client.send(
                ClientRequest(
                    method: "POST", url: "http://localhost\(target)", headers: headers, body: body, timeout: timeout))
            let answer = try? JSONDecoder().decode(Answer.self, from: Data(response.body))
            return Reply(status: response.status, answer: answer, words: answer?.message ?? "\(response.status)")
        } catch {
            switch error.code {
            case .timedOut: throw .timedOut(after: self.timeout, transition: "started")
            case .cancelled: throw RuntimeError(code: .cancelled, message: error.reason)
            default: return Reply(status: nil, answer: nil, words: error.reason)
            }
        }
    }
}
