import AWSModels

extension TaskDefinitionRule {
    /// What Fargate asks of a task as a whole.
    ///
    /// - Source: ECS core rules, 7.1 to 7.3.
    static let fargateTask: [Self] = [
        Self("networkMode", for: .fargate) {
            $0.networkMode == .awsvpc ? nil : "Fargate only supports network mode ‘awsvpc’."
        },
        Self("cpu", for: .fargate) {
            $0.cpu == nil ? "Fargate requires that 'cpu' be defined at the task level." : nil
        },
        Self("memory", for: .fargate) {
            $0.memory == nil ? "Fargate requires that 'memory' be defined at the task level." : nil
        },
        Self("cpu, memory", for: .fargate) { request in
            let size = TaskSize(of: request)
            let cpu = size.cpuUnits ?? 0
            let memory = size.memoryMiB ?? 0
            return FargateSizes.has(cpuUnits: cpu, memoryMiB: memory, isWindows: request.isWindows)
                ? nil
                : "No Fargate configuration exists for given values: \(cpu) CPU, \(memory) memory. See the Amazon ECS "
                    + "documentation for the valid values."
        },
        Self("containerDefinitions[].cpu", for: .fargate) { request in
            let sum = (request.containerDefinitions ?? []).reduce(0) { $0 + ($1.cpu ?? 0) }
            return sum > TaskSize(of: request).cpuUnits ?? 0
                ? "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'." : nil
        },
        Self("runtimePlatform.operatingSystemFamily", for: .fargate) { request in
            guard let family = request.runtimePlatform?.operatingSystemFamily, retired.contains(family) else {
                return nil
            }
            return "Fargate compatible task definitions do not support operatingSystemFamily \(family.rawValue)"
        },
        Self("pidMode", for: .fargate) { request in
            request.pidMode == .host
                ? "Tasks using the Fargate launch type do not support pidMode 'host'. The supported value for "
                    + "pidMode is "
                    + "'task'." : nil
        },
        Self("ipcMode", for: .fargate) {
            $0.ipcMode == nil ? nil : "Fargate compatible task definitions do not support ipcMode."
        },
        Self("placementConstraints", for: .fargate) {
            $0.placementConstraints?.isEmpty == false
                ? "Fargate compatible task definitions do not support constraints" : nil
        },
        Self("volumes[]", for: .fargate) { request in
            for volume in request.volumes ?? [] {
                if volume.host?.sourcePath != nil { return unsupported("sourcePath") }
                if volume.dockerVolumeConfiguration != nil { return unsupported("dockerVolumeConfiguration") }
                if volume.fsxWindowsFileServerVolumeConfiguration != nil {
                    return unsupported("fsxWindowsFileServerVolumeConfiguration")
                }
            }
            return nil
        },
    ]

    private static let retired: [ECS.OSFamily] = [
        .windowsServer2016Full, .windowsServer2004Core, .windowsServer20h2Core,
    ]

    private static func unsupported(_ field: String) -> String {
        "Fargate compatible task definitions do not support \(field)"
    }
}
