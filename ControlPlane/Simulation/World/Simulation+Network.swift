import AgentGateway
import AgentProtocol
import ControlPlaneState
import Support

/// What travels between hosts and the control plane: late, lost or twice, as the ``SimulatedNetwork`` has it.
extension Simulation {
    func latency() -> Double { random.seconds(network.latencySeconds) }

    func schedule(_ event: SimulatedHost.Event, of number: Int, after seconds: Double) {
        let member = members[number]
        queue.schedule(
            .host(number, event, boot: member.boot, process: member.process), at: clock.seconds + max(0, seconds))
    }

    func carryOut(_ steps: [SimulatedHost.Step], of number: Int) async throws {
        for step in steps {
            switch step {
            case .after(let seconds, let event): schedule(event, of: number, after: seconds)
            case .ask(let question, let session): send(question, of: number, session: session)
            case .hangUp:
                members[number].stream?.end()
                members[number].stream = nil
            }
        }
    }

    func send(_ question: SimulatedHost.Question, of number: Int, session: String) {
        let isLost = members[number].isPartitioned || random.happens(network.lossProbability)
        let answerIsLost = random.happens(network.lossProbability)
        let process = members[number].process
        if isLost || answerIsLost {
            schedule(
                .heard(question.isReport ? .unanswered : .cutOff, session: session), of: number,
                after: network.timeoutSeconds)
        }
        if !isLost {
            queue.schedule(
                .arrival(
                    number, question, session: session, process: process, latency: answerIsLost ? nil : latency()),
                at: clock.seconds + latency())
        }
        if question.isReport, random.happens(network.duplicateProbability) {
            queue.schedule(
                .arrival(number, question, session: session, process: process, latency: nil),
                at: clock.seconds + random.seconds(network.lateSeconds))
        }
    }

    func answer(
        _ question: SimulatedHost.Question, of number: Int, session: String, process: Int, latency: Double?
    ) async throws {
        let key = members[number].host.key ?? ""
        var news: SimulatedHost.News
        do {
            switch question {
            case .join: news = .joined(key: try await plane.join(members[number].host.facts.cluster).accessKeyID)
            case .register(let request):
                let arn = try await plane.register(request, key: key)
                if let id = ARN(arn)?.resourcePath.last { memberOfInstance[ContainerInstanceID(id)] = number }
                news = .registered(arn)
            case .open(let arn):
                guard latency != nil else { return }
                let stream = try await plane.connect(arn, session: session, key: key)
                try await open(stream, of: number, session: session, process: process)
                return
            case .report(let batch, let versions):
                news = .answered(try await plane.report(batch, key: key), versions: versions)
            }
        } catch let refusal as HostRefusal {
            // A control plane that cannot write says so, and ends.
            news = refusal.isTemporary ? (question.isReport ? .unanswered : .cutOff) : .refused(refusal)
        }
        guard let latency, members[number].process == process else { return }
        schedule(.heard(news, session: session), of: number, after: latency)
    }

    func open(_ stream: AgentStream, of number: Int, session: String, process: Int) async throws {
        guard members[number].process == process, members[number].host.session == session else { return }
        var stream = stream
        members[number].stream?.end()
        let messages = try await stream.opening()
        members[number].stream = stream
        schedule(.heard(.opened, session: session), of: number, after: 0)
        tell(messages, to: number)
    }

    /// Which hosts have streams that may have news of these changes.
    func listeners(of changes: [Change]) -> [Int] {
        var instances: Set<ContainerInstanceID> = []
        for change in changes {
            switch change {
            case .task(let old, let new): if let task = new ?? old { instances.insert(task.containerInstance) }
            case .containerInstance(let old, let new): if let instance = new ?? old { instances.insert(instance.id) }
            case .addressSlice: return Array(members.indices)
            default: break
            }
        }
        return instances.compactMap { memberOfInstance[$0] }.sorted()
    }

    /// Sends what a host's stream has to tell.
    func pump(_ number: Int) async throws {
        while var stream = members[number].stream {
            let messages = try await stream.poll()
            members[number].stream = stream
            if messages.isEmpty { return }
            tell(messages, to: number)
            if stream.isClosed {
                stream.end()
                members[number].stream = nil
            }
        }
    }

    /// Messages of a stream keep their order; one that is lost ends the stream.
    func tell(_ messages: [StreamMessage], to number: Int) {
        guard let session = members[number].host.session else { return }
        let latency = network.latencySeconds.upperBound
        for message in messages {
            if members[number].isPartitioned || random.happens(network.lossProbability) {
                members[number].stream = nil
                schedule(.heard(.cutOff, session: session), of: number, after: network.timeoutSeconds)
                return
            }
            schedule(.heard(.told(message), session: session), of: number, after: latency)
        }
    }
}
