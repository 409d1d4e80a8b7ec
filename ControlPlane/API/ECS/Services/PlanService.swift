import AWSModels
import AWSProtocol
import ControlPlaneState
package import Controllers
import FoundationEssentials
package import HTTPServer
import ServiceScheduler
import Support

/// What an UpdateService request would lead to, step by step. Not an operation of ECS's.
private struct ServicePlanReport: Encodable, Sendable {
    struct Count: Encodable, Sendable {
        /// Deployment or task set. That of a deployment that the request would start is made up anew each time.
        var id: String
        var tasks: Int
        var healthy: Int
    }

    struct Step: Encodable, Sendable {
        /// What is done, and why, in order.
        var actions: [String]
        /// Once that is done, and the tasks that were started are healthy.
        var counts: [Count]
    }

    enum Outcome: String, Encodable, Sendable {
        case steady = "STEADY"
        case inactive = "INACTIVE"
        case stuck = "STUCK"
        case waiting = "WAITING"
        case unfinished = "UNFINISHED"
    }

    var serviceArn: String
    var steps: [Step]
    var outcome: Outcome
    /// Why it goes no further.
    var reason: String?
    /// Until when nothing more would be done, in seconds since 1970.
    var waitsUntil: Double?

    init(_ rollout: Rollout, serviceArn: String) {
        self.serviceArn = serviceArn
        steps = rollout.steps.map { step in
            Step(
                actions: step.explanations,
                counts: step.counts.map { Count(id: $0.deployment, tasks: $0.taskCount, healthy: $0.healthyCount) })
        }
        switch rollout.outcome {
        case .steady: outcome = .steady
        case .inactive: outcome = .inactive
        case .stuck(let event):
            outcome = .stuck
            reason = event ?? "Nothing more happens by itself."
        case .waits(let date):
            outcome = .waiting
            reason = "Tasks are protected, in their grace period, or held back."
            waitsUntil = date.timeIntervalSince1970
        case .unfinished:
            outcome = .unfinished
            reason = "It takes more than \(rollout.steps.count) steps."
        }
    }
}

extension ECSService {
    /// Where the plan is asked for: cluster and service stand for the stars.
    package static let servicePlanPath = "/stevedore/v1/services/*/*/plan"

    /// `GET` or `POST` ``servicePlanPath``, with the body of an UpdateService request or none: says what the service
    /// scheduler would do, if every task found a host and became healthy. Changes nothing.
    package func planService(_ request: Request, _ caller: Caller, by controller: ServiceController) async -> Response {
        do throws(AWSError) {
            let report = try servicePlan(request, controller)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            guard let body = try? encoder.encode(report) else { throw .server("The plan cannot be written.") }
            return Response(status: 200, headers: ["Content-Type": "application/json"], body: Array(body))
        } catch {
            return .error(error)
        }
    }

    private func servicePlan(
        _ request: Request, _ controller: ServiceController
    ) throws(AWSError) -> ServicePlanReport {
        let segments = Self.planned(request)
        var input =
            request.body.isEmpty
            ? ECS.UpdateServiceRequest() : try AWSJSONCodec().decode(ECS.UpdateServiceRequest.self, from: request.body)
        (input.cluster, input.service) = segments
        if let error = AWSError.invalidParameters(input.validate()) { throw error }
        let id = try Reference.service(segments.service, in: try Reference.cluster(segments.cluster))
        let change = ServiceRequest(input)
        try ServiceSupport.check(change)
        let rollout = try rollout(of: id, after: change, controller)
        return ServicePlanReport(
            rollout, serviceArn: context.arns.service(cluster: id.cluster.rawValue, name: id.name))
    }

    /// Cluster and service, as the path names them.
    static func planned(_ request: Request) -> (cluster: String, service: String) {
        let segments = request.path.split(separator: "/").map(String.init)
        return (segments[3], segments[4])
    }

    /// How a transaction ends that is to leave nothing behind.
    private enum Rehearsal: Error {
        case seen(Rollout)
        case refused(AWSError)
    }

    private func rollout(
        of id: ServiceID, after change: ServiceRequest, _ controller: ServiceController
    ) throws(AWSError) -> Rollout {
        let now = context.now()
        do throws(TransactionError<Rehearsal>) {
            _ = try context.state.transactNow { tx throws(Rehearsal) in
                do throws(AWSError) { _ = try update(id, change, now: now, in: &tx) } catch { throw .refused(error) }
                guard let rollout = controller.rollout(of: id, in: tx) else {
                    throw .refused(.server("The service cannot be planned."))
                }
                throw .seen(rollout)
            }
        } catch {
            switch error {
            case .body(.seen(let rollout)): return rollout
            case .body(.refused(let error)): throw error
            case .store(let failure): throw .server("Nothing can be changed: \(failure)")
            }
        }
        throw .server("The service cannot be planned.")
    }
}
