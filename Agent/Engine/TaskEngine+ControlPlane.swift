package import AgentJournal
package import AgentProtocol
import Support

/// What the session with the control plane needs of the engine.
extension TaskEngine {
    /// Takes in assignments, and returns when they are in the journal.
    ///
    /// - Throws: `CancellationError` if the engine stops before.
    package func apply(_ message: AssignmentMessage) async throws {
        for assignment in message.tasks {
            if machines[assignment.taskArn] == nil {
                logger.info(
                    "assigned",
                    [
                        "task": assignment.taskArn, "desiredStatus": assignment.desiredStatus.rawValue,
                        "taskDefinition": "\(assignment.family):\(assignment.revision)",
                    ])
                add(assignment)
            } else {
                post(.assigned(assignment.desiredStatus), to: assignment.taskArn)
            }
        }
        var dismissed = Set(message.removedTaskArns)
        if message.isComplete {
            dismissed.formUnion(Set(machines.keys).subtracting(message.tasks.map(\.taskArn)))
        }
        for task in dismissed.sorted() {
            guard let record = machines[task]?.record else { continue }
            if !record.isStopped {
                logger.info("no longer assigned", ["task": task])
                post(.unassigned, to: task)
            }
            // Nobody waits for this report any more.
            dismissReport(task)
        }
        if message.isComplete, !hasCompleteSet {
            hasCompleteSet = true
            reconcileDueContinuation.yield()
        }
        guard await committed() else { throw CancellationError() }
    }

    /// A new session: everything that is not over is told anew.
    package func sessionStarted() {
        for machine in machines.values where !machine.record.isStopped { queueReport(machine.record) }
    }

    /// Reports that wait to be sent, oldest task first.
    package func pendingReports(limit: Int) -> [OutgoingReport] {
        outbox.sorted { $0.key < $1.key }.prefix(limit).map(\.value)
    }

    /// The control plane has these for good, or does not know their tasks.
    package func acknowledge(_ reports: [OutgoingReport], unknownTaskArns: [String]) {
        for sent in reports {
            let task = sent.report.taskArn
            if outbox[task]?.version == sent.version { outbox[task] = nil }
            post(.acknowledged(version: sent.version), to: task)
        }
        for task in unknownTaskArns { dismissReport(task) }
    }

    /// Whether any task is neither STOPPED nor waiting to be reported.
    package var runningTaskCount: Int { machines.values.count { !$0.record.isStopped } }

    func queueReport(_ record: TaskRecord) {
        outbox[record.taskArn] = OutgoingReport(report: record.report, version: record.version)
        reportsDue.raise()
    }

    private func dismissReport(_ task: String) {
        guard let record = machines[task]?.record else { return }
        outbox[task] = nil
        post(.acknowledged(version: record.version), to: task)
    }
}
