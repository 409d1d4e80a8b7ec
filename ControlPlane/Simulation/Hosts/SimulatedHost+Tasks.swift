import AgentProtocol
import FoundationEssentials

/// What a simulated host makes of its assignments.
extension SimulatedHost {
    mutating func apply(_ message: AssignmentMessage) -> [Step] {
        guard let conversation, message.sequence == conversation.appliedSequence + 1,
            conversation.appliedSequence > 0 || message.isComplete
        else { return reconnect() }
        self.conversation?.appliedSequence = message.sequence
        var steps: [Step] = []
        for assignment in message.tasks { steps += apply(assignment) }
        var dismissed = Set(message.removedTaskArns)
        if message.isComplete { dismissed.formUnion(Set(tasks.keys).subtracting(message.tasks.map(\.taskArn))) }
        for arn in dismissed.sorted() { steps += dismiss(arn) }
        return steps + report(evenIfEmpty: false)
    }

    mutating func apply(_ assignment: TaskAssignment) -> [Step] {
        let arn = assignment.taskArn
        guard var task = tasks[arn] else {
            let bindings = assignment.containers.map { ($0.name, $0.portBindings) }
            var task = HostedTask(
                containers: assignment.containers.map(\.name),
                bindings: Dictionary(bindings, uniquingKeysWith: { first, _ in first }))
            guard assignment.desiredStatus == .running else {
                task.isWanted = false
                task.status = .stopped
                tasks[arn] = task
                return []
            }
            let programs = assignment.containers.map { SimulatedProgram(image: $0.image) }
            task.program = programs.first { $0 != .works } ?? .works
            task.checked = Set(assignment.containers.filter { $0.healthCheck != nil }.map(\.name))
            task.pullStartedAt = now
            takeOtherPorts(&task)
            tasks[arn] = task
            let fails = random.happens(behaviour.failedStartProbability) || task.program == .failsToStart
            let delay = random.seconds(behaviour.startSeconds)
            return [.after(delay, fails ? .containersFailed(task: arn) : .containersStarted(task: arn))]
        }
        guard assignment.desiredStatus == .stopped, task.isWanted else { return [] }
        return stop(arn, &task)
    }

    mutating func stop(_ arn: String, _ task: inout HostedTask) -> [Step] {
        task.isWanted = false
        defer { tasks[arn] = task }
        guard task.status != .stopped else { return [] }
        if task.status == .running {
            task.status = .stopping
            task.version += 1
        }
        return [.after(random.seconds(behaviour.stopSeconds), .containersStopped(task: arn))]
    }

    /// Nobody waits for what is said of it any more.
    mutating func dismiss(_ arn: String) -> [Step] {
        guard var task = tasks[arn] else { return [] }
        if task.status == .stopped {
            tasks[arn] = nil
            return []
        }
        guard task.isWanted else { return [] }
        return stop(arn, &task)
    }

    /// A process that is not ours may hold a dynamic port: the agent then takes one that it thinks is free, and says so.
    mutating func takeOtherPorts(_ task: inout HostedTask) {
        for (name, bindings) in task.bindings.sorted(by: { $0.key < $1.key }) {
            for index in bindings.indices where bindings[index].isDynamic && bindings[index].portCount == nil {
                guard random.happens(behaviour.portConflictProbability) else { continue }
                let taken = Set(
                    tasks.values.filter { $0.status != .stopped }.flatMap { $0.bindings.values.joined() }.map(
                        \.hostPort))
                let port = Int.random(in: 40000...60999, using: &random)
                if !taken.contains(port) { task.bindings[name]?[index].hostPort = port }
            }
        }
    }

    // MARK: Containers

    mutating func started(_ arn: String) -> [Step] {
        guard var task = tasks[arn], task.status == .pending else { return [] }
        // One that was asked to stop while it started never runs: its containers are stopped as soon as they can be.
        guard task.isWanted else { return [] }
        task.isRunning = true
        task.status = .running
        task.pullStoppedAt = now
        task.version += 1
        tasks[arn] = task
        var steps = report(evenIfEmpty: false)
        if let lifetime = behaviour.lifetimeSeconds {
            steps.append(.after(random.seconds(lifetime), .containersExited(task: arn)))
        }
        if task.program == .crashes {
            steps.append(.after(random.seconds(behaviour.badProgramSeconds), .containersExited(task: arn)))
        }
        if !task.checked.isEmpty {
            let isBadAtOnce = task.program == .turnsUnhealthy && random.happens(0.5)
            let verdict: ContainerHealth = isBadAtOnce ? .unhealthy : .healthy
            steps.append(.after(random.seconds(behaviour.healthCheckSeconds), .healthFound(task: arn, verdict)))
        }
        return steps
    }

    mutating func find(_ health: ContainerHealth, of arn: String) -> [Step] {
        guard var task = tasks[arn], task.isRunning, task.health != health else { return [] }
        task.health = health
        task.version += 1
        tasks[arn] = task
        var steps = report(evenIfEmpty: false)
        if health == .healthy, task.program == .turnsUnhealthy {
            steps.append(.after(random.seconds(behaviour.badProgramSeconds), .healthFound(task: arn, .unhealthy)))
        }
        return steps
    }

    mutating func end(
        _ arn: String, _ code: TaskReport.StopCode?, _ reason: String?, exitCode: Int?
    ) -> [Step] {
        guard var task = tasks[arn], task.status != .stopped else { return [] }
        task.isRunning = false
        task.status = .stopped
        task.exitCode = exitCode
        task.executionStoppedAt = now
        task.version += 1
        if task.isWanted {
            task.stopCode = code
            task.stoppedReason = reason
        }
        tasks[arn] = task
        return report(evenIfEmpty: false)
    }
}
