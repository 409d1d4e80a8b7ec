import AgentJournal
import AgentProtocol
import Support
import Synchronization

/// One stream with its reports, from hello to the end.
struct SessionStream {
    /// What listening, reporting and watching share.
    private struct Progress {
        var appliedSequence = 0
        /// Lines so far: while it grows, the control plane is alive.
        var lines = 0
        var pingInterval: Duration?
        /// The batch that is on its way.
        var batchInWork: Int?
        /// Signs of life that are.
        var signsInWork = 0
    }

    let session: Session
    let instance: String
    let key: SigningKey
    let id: String

    /// - Throws: always, since a stream never just ends: it says why.
    func run() async throws(ControlPlaneError) {
        let stream = try await session.connection.openStream(containerInstanceArn: instance, sessionID: id, key: key)
        let shared = Shared()
        let (hello, helloContinuation) = AsyncStream<SessionHello>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let failure = await withTaskGroup(of: ControlPlaneError.self) { group in
            group.addTask { await ending { try await listen(stream, shared, helloContinuation) } }
            group.addTask { await ending { try await watch(shared) } }
            group.addTask {
                await ending {
                    for await hello in hello { try await speak(hello, shared) }
                    throw CancellationError()
                }
            }
            let first = await group.next()
            group.cancelAll()
            return first
        }
        throw failure ?? ControlPlaneError(code: .unavailable, message: "the stream ended")
    }

    private final class Shared: Sendable {
        let progress = Mutex(Progress())
    }

    /// What a part of the session ends with.
    private func ending(_ body: () async throws -> Void) async -> ControlPlaneError {
        do {
            try await body()
            return ControlPlaneError(code: .unavailable, message: "the control plane ended the stream")
        } catch let error as ControlPlaneError {
            return error
        } catch {
            return ControlPlaneError(code: .unavailable, message: "\(error)")
        }
    }

    // MARK: - Down

    private func listen(
        _ stream: any AsyncSequence<[UInt8], any Error> & Sendable, _ shared: Shared,
        _ hello: AsyncStream<SessionHello>.Continuation
    ) async throws {
        var lines = MessageLines()
        for try await piece in stream {
            for message in try lines.append(piece) {
                shared.progress.withLock { $0.lines += 1 }
                switch message {
                case .hello(let greeting): try await greet(greeting, shared, hello)
                case .assignments(let assignments): try await apply(assignments, shared)
                case .network(let message): await session.network?.apply(message)
                case .credentials(let message): session.takeCredentials(message)
                case .ping: break
                case .close(let close): throw Self.error(close)
                case .unknown(let name):
                    session.logger.debug("a message that this agent does not know", ["name": name])
                }
            }
        }
    }

    private func greet(
        _ hello: SessionHello, _ shared: Shared, _ continuation: AsyncStream<SessionHello>.Continuation
    ) async throws {
        guard AgentProtocolVersion.supported.contains(hello.protocolVersion) else {
            throw ControlPlaneError(
                code: .refused,
                message: "the control plane speaks version \(hello.protocolVersion) of the agent protocol, "
                    + "this agent speaks \(AgentProtocolVersion.supported)")
        }
        session.logger.info(
            "connected", ["session": id, "heartbeatSeconds": "\(hello.heartbeatIntervalSeconds)"])
        shared.progress.withLock { $0.pingInterval = .seconds(max(1, hello.pingIntervalSeconds)) }
        session.status.connected()
        await session.tasks.sessionStarted()
        continuation.yield(hello)
    }

    private func apply(_ message: AssignmentMessage, _ shared: Shared) async throws {
        let last = shared.progress.withLock { $0.appliedSequence }
        guard message.sequence == last + 1, last > 0 || message.isComplete else {
            throw ControlPlaneError(
                code: .unavailable,
                message: "assignments \(message.sequence) came after \(last): asking for the complete set")
        }
        try await session.tasks.apply(message)
        shared.progress.withLock { $0.appliedSequence = message.sequence }
        session.tasks.reportsDue.raise()
    }

    private static func error(_ close: SessionClose) -> ControlPlaneError {
        switch close.reason {
        case .inactive: .init(code: .unknownInstance, message: close.message)
        case .goingAway: .init(code: .unavailable, message: "the control plane goes away: \(close.message)")
        case .replaced:
            .init(
                code: .refused,
                message: "another agent has taken over this container instance (is the data directory copied?): "
                    + close.message)
        }
    }

    /// Ends the session when the control plane has been silent for too long.
    private func watch(_ shared: Shared) async throws {
        var seen = 0
        var silentIntervals = 0
        while silentIntervals < Session.Limits.missedPings {
            let interval = shared.progress.withLock(\.pingInterval) ?? Session.Limits.firstLine
            try await session.clock.sleep(for: interval)
            let lines = shared.progress.withLock(\.lines)
            silentIntervals = lines == seen ? silentIntervals + 1 : 0
            seen = lines
        }
        throw ControlPlaneError(code: .unavailable, message: "the control plane has gone silent")
    }

    // MARK: - Up

    private func speak(_ hello: SessionHello, _ shared: Shared) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await report(hello, shared) }
            group.addTask { try await insist(hello, shared) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// Shows that this host is there while a batch takes long. What became of the tasks is for the batch to say.
    private func insist(_ hello: SessionHello, _ shared: Shared) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await insistByRequests(hello, shared) }
            if let key = hello.signKey { group.addTask { try await insistByDatagrams(hello, key, shared) } }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func insistByDatagrams(_ hello: SessionHello, _ key: String, _ shared: Shared) async throws {
        var last: Int?
        var number: UInt64 = 0
        while true {
            try await session.clock.sleep(for: hello.heartbeat / Session.Limits.datagramsPerHeartbeat)
            let batch = shared.progress.withLock(\.batchInWork)
            defer { last = batch }
            guard let batch, batch == last else { continue }
            number += 1
            do {
                try session.connection.send(
                    sign: SignOfLife.datagram(containerInstanceArn: instance, number: number, key: key))
            } catch {
                session.logger.debug("a sign of life cannot be sent", ["error": "\(error)"])
            }
        }
    }

    /// A network that loses packets holds up one connection and not the next, and UDP may not be let through.
    private func insistByRequests(_ hello: SessionHello, _ shared: Shared) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            var last: Int?
            while true {
                try await session.clock.sleep(for: hello.heartbeat / 2)
                let batch = shared.progress.withLock { progress in
                    defer { last = progress.batchInWork }
                    guard let batch = progress.batchInWork, batch == last,
                        progress.signsInWork < Session.Limits.signsInWork
                    else { return nil as Int? }
                    progress.signsInWork += 1
                    return batch
                }
                if let batch {
                    group.addTask {
                        await sendSign(batch, shared, atMost: hello.heartbeat * Session.Limits.heartbeatsPerSign)
                    }
                }
            }
        }
    }

    /// One that is not answered in time makes room for another: its connection waits longer after each loss.
    private func sendSign(_ batch: Int, _ shared: Shared, atMost limit: Duration) async {
        let sign = ReportBatch(
            containerInstanceArn: instance, sessionID: id, batch: batch,
            appliedSequence: shared.progress.withLock(\.appliedSequence), reports: [], hasMore: true)
        await withTaskGroup { group in
            // Whatever there is to learn from an error, the batch learns it.
            group.addTask { _ = try? await session.connection.send(sign, key: key) }
            group.addTask { try? await session.clock.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
        shared.progress.withLock { $0.signsInWork -= 1 }
    }

    /// Sends what changed as soon as it did, everything that queued meanwhile in one batch, and a sign of life if
    /// nothing did.
    private func report(_ hello: SessionHello, _ shared: Shared) async throws {
        var backoff = Backoff()
        var batch = 0
        while true {
            try Task.checkCancellation()
            // Asked first: reports that come in between do no harm.
            let hasCompared = await session.tasks.hasCompared()
            let reports = await session.tasks.pendingReports(limit: Session.Limits.reportsPerBatch)
            let hasMore = !hasCompared || reports.count == Session.Limits.reportsPerBatch
            batch += 1
            shared.progress.withLock { $0.batchInWork = batch }
            let lacksStream: Bool
            do throws(ControlPlaneError) {
                let reply = try await session.connection.send(
                    ReportBatch(
                        containerInstanceArn: instance, sessionID: id, batch: batch,
                        appliedSequence: shared.progress.withLock { $0.appliedSequence },
                        reports: reports.map(\.report), health: await session.tasks.instanceHealth(),
                        hasMore: hasMore ? true : nil),
                    key: key)
                shared.progress.withLock { $0.batchInWork = nil }
                await session.tasks.acknowledge(reports, unknownTaskArns: reply.unknownTaskArns)
                backoff.reset()
                lacksStream = reply.lacksStream == true
            } catch {
                guard error.code == .unavailable else { throw error }
                session.logger.warning("reports not delivered", ["count": "\(reports.count)", "error": error.message])
                // Built anew for the next attempt: what changes meanwhile goes with it.
                var generator = SystemRandomNumberGenerator()
                try await session.clock.sleep(for: backoff.pause(using: &generator))
                continue
            }
            // What ended it there may never be heard of here.
            guard !lacksStream else {
                throw ControlPlaneError(code: .unavailable, message: "the control plane has lost the stream")
            }
            if reports.count < Session.Limits.reportsPerBatch {
                await session.tasks.reportsDue.wait(atMost: hello.heartbeat, on: session.clock)
            }
        }
    }
}

extension SessionHello {
    fileprivate var heartbeat: Duration { .seconds(max(1, heartbeatIntervalSeconds)) }
}
