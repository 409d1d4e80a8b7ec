import AgentProtocol
package import ControlPlaneState
import FoundationEssentials
package import HTTPServer
import Placement
import Support

extension AgentGateway {
    /// `POST` ``AgentPath/reports``. Answers when everything that the batch changed is durable.
    package func takeReports(_ request: Request, _ principal: AccessKeyRecord.Principal) async -> Response {
        do {
            guard let batch = try? ReportBatch(json: request.body) else {
                throw GatewayRefusal.invalid("the body is not a batch of reports")
            }
            try Self.checkVersion(batch.protocolVersion)
            let (instance, unknown) = try await apply(batch, principal)
            if batch.hasMore != true { await heard(instance.id) }
            try await note(batch.health, of: instance)
            let reply = ReportReply(
                batch: batch.batch, unknownTaskArns: unknown, lacksStream: registry[instance.id] == nil ? true : nil)
            return Response(status: 200, headers: ["Content-Type": "application/json"], body: reply.json())
        } catch let refusal as GatewayRefusal {
            return refusal.response
        } catch {
            return GatewayRefusal.unavailable("\(error)").response
        }
    }

    /// The lock is taken once, and what can be read before it is.
    ///
    /// - Returns: the instance, and the tasks that are not its own, or not known any more.
    private func apply(
        _ batch: ReportBatch, _ principal: AccessKeyRecord.Principal
    ) async throws -> (ContainerInstanceRecord, unknown: [String]) {
        if batch.reports.isEmpty {
            let instance = try instance(batch.containerInstanceArn, principal)
            seen(instance.id)
            return (instance, [])
        }
        let now = now()
        let reports = batch.reports.map { (arn: $0.taskArn, task: Self.task($0.taskArn), says: TaskObservation($0)) }
        let outcome: Outcome
        do {
            outcome = try await state.transact { tx throws(GatewayRefusal) in
                var outcome = Outcome(instance: try instance(batch.containerInstanceArn, principal, in: tx))
                // However long it takes until what it says is durable.
                seen(outcome.instance.id)
                guard try isNew(batch, outcome.instance) else { return outcome }
                for report in reports {
                    guard let task = tx.task(report.task, on: outcome.instance) else {
                        outcome.unknown.append(report.arn)
                        continue
                    }
                    let (after, conflicts) = tx.observe(report.says, of: task, now: now)
                    for port in conflicts { outcome.conflicts.append((report.arn, port)) }
                    if after.lastStatus != task.lastStatus { outcome.moves.append((task.lastStatus, after)) }
                }
                return outcome
            }
        } catch .body(let refusal) {
            throw refusal
        } catch {
            throw StoreError("\(error)")
        }
        tell(outcome, outcome.instance)
        return (outcome.instance, outcome.unknown)
    }

    /// Without a stream of the instance, every batch is: what is told on the next one is told anew.
    ///
    /// - Throws: ``GatewayRefusal`` if the agent has a newer stream than the batch is from.
    private func isNew(
        _ batch: ReportBatch, _ instance: ContainerInstanceRecord
    ) throws(GatewayRefusal) -> Bool {
        guard let session = registry[instance.id] else { return true }
        guard session.id == batch.sessionID else {
            throw .invalid("the batch is from another session than the stream that is open")
        }
        return session.admits(batch: batch.batch)
    }

    /// Nil if it is the ARN of something else.
    static func task(_ arn: String) -> TaskID? {
        guard let parsed = ARN(arn), parsed.resourceType == "task" else { return nil }
        return parsed.resourcePath.last.flatMap(TaskID.init)
    }

    private struct Outcome: Sendable {
        var instance: ContainerInstanceRecord
        var unknown: [String] = []
        var conflicts: [(String, HostPortRange)] = []
        var moves: [(from: TaskStatus, task: TaskRecord)] = []
    }

    private func tell(_ outcome: Outcome, _ instance: ContainerInstanceRecord) {
        for (from, task) in outcome.moves {
            log.info(
                "task moved",
                [
                    "task": task.id.description, "cluster": task.cluster.rawValue, "from": from.rawValue,
                    "to": task.lastStatus.rawValue, "containerInstance": instance.id.rawValue,
                    "reason": task.stoppedReason ?? "",
                ])
        }
        for (task, ports) in outcome.conflicts {
            log.error("a host reports ports that another task holds", ["task": task, "ports": ports.description])
        }
        for task in outcome.unknown {
            log.info(
                "a host reports a task that is not its own", ["task": task, "containerInstance": instance.id.rawValue])
        }
    }
}

extension Tables {
    /// The task with this id, if it was placed on this instance.
    borrowing func task(_ id: TaskID?, on instance: ContainerInstanceRecord) -> TaskRecord? {
        guard let task = id.flatMap({ tasks[$0] }), task.containerInstance == instance.id else { return nil }
        return task
    }
}
