import AWSModels

extension TaskDefinitionRule {
    /// CPU, memory and stop time-out of containers.
    ///
    /// - Source: ECS core rules, 7.1 and 7.3.
    static let resources: [Self] = [
        .container("cpu") { container, _ in
            let cpu = container.cpu ?? 0
            return (0...1_048_576).contains(cpu)
                ? nil : "Invalid 'cpu' setting for container '\(container.name ?? "")'. It must not be negative."
        },
        .container("memory, memoryReservation") { container, _ in
            container.memory == nil && container.memoryReservation == nil
                ? "Invalid setting for container '\(container.name ?? "")'. At least one of 'memory' or "
                    + "'memoryReservation' must be specified." : nil
        },
        .container("memory, memoryReservation") { container, _ in
            for (name, value) in [("memory", container.memory), ("memoryReservation", container.memoryReservation)] {
                guard let value else { continue }
                if !(6...1_073_741_824).contains(value) {
                    return "Invalid '\(name)' setting for container '\(container.name ?? "")'. "
                        + "It must be at least 6 MiB."
                }
            }
            return nil
        },
        .container("memory, memoryReservation") { container, _ in
            guard let memory = container.memory, let reservation = container.memoryReservation else { return nil }
            return memory >= reservation
                ? nil
                : "Invalid setting for container '\(container.name ?? "")'. 'memory' must be greater than or equal to "
                    + "'memoryReservation'"
        },
        .container("stopTimeout") { container, _ in
            guard let stopTimeout = container.stopTimeout else { return nil }
            return (1...86_400).contains(stopTimeout)
                ? nil
                : "Invalid 'stopTimeout' setting for container '\(container.name ?? "")'. It must be from 1 to 86400 seconds."
        },
    ]
}
