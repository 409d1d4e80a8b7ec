import AWSModels

extension TaskDefinitionRule {
    /// - Source: ECS core rules, 7.1; API Reference, RuntimePlatform.
    static let runtimePlatform: [Self] = [
        Self("runtimePlatform.cpuArchitecture") { request in
            guard request.isWindows, request.runtimePlatform?.cpuArchitecture == .arm64 else { return nil }
            return "Invalid runtimePlatform. Windows containers run on the CPU architecture X86_64 only."
        },
        Self("inferenceAccelerators") { request in
            request.inferenceAccelerators?.isEmpty == false ? "Unsupported field 'inferenceAccelerators'" : nil
        },
    ]
}
