import AWSModels

extension TaskDefinitionRule {
    /// CPU and memory of the task and of its containers.
    ///
    /// - Unit: 1024 CPU units are one vCPU; memory is in MiB.
    /// - Source: ECS core rules, 7.1.
    static let cpuAndMemory: [Self] = [
        Self("cpu") { request in
            guard let cpu = request.cpu, (TaskSize.cpuUnits(cpu) ?? 0) < 1 else { return nil }
            return "Invalid 'cpu' setting for task. It must be a number of CPU units or of vCPUs, such as 256 or "
                + "0.25 vCPU; found '\(RuleText.shown(cpu))'."
        },
        Self("memory") { request in
            guard let memory = request.memory else { return nil }
            let least = Limits.containerMemory.value
            if let mebibytes = TaskSize.memoryMiB(memory), mebibytes >= least { return nil }
            return "Invalid 'memory' setting for task. It must be a number of MiB from \(least) on or of GB, such as "
                + "512 or 0.5 GB; found '\(RuleText.shown(memory))'."
        },
        Self("cpu", for: .ec2, .external, .managedInstances) { request in
            let range = Limits.taskCPULeast.value...Limits.taskCPUMost.value
            guard let units = TaskSize(of: request).cpuUnits, !range.contains(units) else { return nil }
            return "Invalid 'cpu' setting for task. It must be from \(range.lowerBound) to \(range.upperBound) CPU "
                + "units; found \(units)."
        },
        .container("cpu") { container, _ in
            (0...Limits.containerCPU.value).contains(container.cpu ?? 0)
                ? nil
                : "Invalid 'cpu' setting for container '\(container.shownName)'. It must be from 0 to "
                    + "\(Limits.containerCPU.value) CPU units."
        },
        .container("memory, memoryReservation") { container, request in
            // Fargate has its own words for a task without memory, and they say more.
            guard request.memory == nil, !request.requires(.fargate) else { return nil }
            return container.memory == nil && container.memoryReservation == nil
                ? "Invalid setting for container '\(container.shownName)'. At least one of 'memory' or "
                    + "'memoryReservation' must be specified." : nil
        },
        .container("memory, memoryReservation") { container, _ in
            let range = Limits.containerMemory.value...Limits.containerMemoryMost.value
            for (name, value) in [("memory", container.memory), ("memoryReservation", container.memoryReservation)] {
                guard let value, !range.contains(value) else { continue }
                return "Invalid '\(name)' setting for container '\(container.shownName)'. It must be at least "
                    + "\(range.lowerBound) MiB" + (value < range.lowerBound ? "." : " and at most \(range.upperBound).")
            }
            return nil
        },
        .container("memory, memoryReservation") { container, _ in
            guard let memory = container.memory, let reservation = container.memoryReservation, memory < reservation
            else { return nil }
            return "Invalid setting for container '\(container.shownName)'. 'memory' must be greater than or equal to "
                + "'memoryReservation'."
        },
        .container("memory, memoryReservation") { container, request in
            guard let most = TaskSize(of: request).memoryMiB else { return nil }
            for (name, value) in [("memory", container.memory), ("memoryReservation", container.memoryReservation)] {
                guard let value, value > most else { continue }
                return "The '\(name)' setting for container '\(container.shownName)' is greater than for the task."
            }
            return nil
        },
        Self("containerDefinitions[].memoryReservation") { request in
            guard let most = TaskSize(of: request).memoryMiB else { return nil }
            let sum = (request.containerDefinitions ?? []).reduce(0) { $0 + ($1.memoryReservation ?? 0) }
            return sum > most
                ? "The sum of all container 'memoryReservation' values cannot be greater than the value of the task "
                    + "'memory'." : nil
        },
    ]
}
