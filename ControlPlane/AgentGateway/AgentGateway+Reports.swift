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
            let instance = try instance(batch.containerInstanceArn, principal)
            await heard(instance.id)
            try await note(batch.health, of: instance)
            let unknown = try await apply(batch.reports, from: instance)
            return Response(
                status: 200, headers: ["Content-Type": "application/json"],
                body: ReportReply(batch: batch.batch, unknownTaskArns: unknown).json())
        } catch let refusal as GatewayRefusal {
            return refusal.response
        } catch {
            return GatewayRefusal.unavailable("\(error)").response
        }
    }

    /// - Returns: the tasks that are not this instance's, or not known any more.
    private func apply(_ reports: [TaskReport], from instance: ContainerInstanceRecord) async throws -> [String] {
        guard !reports.isEmpty else { return [] }
        let now = now()
        let outcome: Outcome
        do {
            outcome = try await state.transact { tx in
                var outcome = Outcome()
                for report in reports {
                    guard let task = tx.task(report.taskArn, on: instance) else {
                        outcome.unknown.append(report.taskArn)
                        continue
                    }
                    for port in tx.observe(TaskObservation(report), of: task, now: now) {
                        outcome.conflicts.append((report.taskArn, port))
                    }
                    if let after = tx.tasks[task.id], after.lastStatus != task.lastStatus {
                        outcome.moves.append((task.lastStatus, after))
                    }
                }
                return outcome
            }
        } catch {
            throw StoreError("\(error)")
        }
        tell(outcome, instance)
        return outcome.unknown
    }

    private struct Outcome: Sendable {
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
    /// The task of this ARN, if it was placed on this instance.
    borrowing func task(_ arn: String, on instance: ContainerInstanceRecord) -> TaskRecord? {
        guard let parsed = ARN(arn), parsed.resourceType == "task", let text = parsed.resourcePath.last,
            let id = TaskID(text), let task = tasks[id], task.containerInstance == instance.id
        else { return nil }
        return task
    }
}
