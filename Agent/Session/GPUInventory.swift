import Support

/// The GPUs of this host.
package struct GPUInventory: Sendable, Hashable {
    /// As NVIDIA's driver names them: `GPU-8f6d1b4c-…`.
    package var ids: [String]
    package var driverVersion: String?

    package init(ids: [String] = [], driverVersion: String? = nil) {
        self.ids = ids
        self.driverVersion = driverVersion
    }

    /// Asks NVIDIA's own tool, which is one process.
    ///
    /// - Parameter searchPath: the agent's PATH.
    /// - Throws: if the tool is not there, fails, does not answer, or says something else than it does today.
    package static func read(searchPath: String) async throws(ControlPlaneError) -> GPUInventory {
        guard let executable = ExecutableLookup.find("nvidia-smi", searchPath: searchPath) else {
            throw .init(code: .refused, message: "there is no program nvidia-smi in PATH")
        }
        let command = SubprocessCommand(
            executable: executable, arguments: ["--query-gpu=uuid,driver_version", "--format=csv,noheader"],
            environment: ["PATH": searchPath])
        let output: SubprocessOutput
        do throws(SubprocessError) {
            output = try await Subprocess.run(command, outputLimit: 1 << 20, timeout: .seconds(30))
        } catch {
            throw .init(code: .refused, message: "nvidia-smi: \(error.message)")
        }
        let text = String(decoding: output.standardOutput, as: UTF8.self)
        guard output.status.isSuccess, let inventory = GPUInventory(csv: text) else {
            throw .init(
                code: .refused, message: "nvidia-smi ended with \(output.status) and said: \(text.prefix(200))")
        }
        return inventory
    }

    /// Lines such as `GPU-8f6d1b4c-…, 535.104.05`; nil for anything else. No line is no GPU.
    package init?(csv text: String) {
        self.init()
        for line in text.split(whereSeparator: \.isNewline) {
            let fields = line.split(separator: ",").map { $0.filter { !$0.isWhitespace } }
            guard fields.count == 2, fields[0].hasPrefix("GPU-"), !ids.contains(fields[0]) else { return nil }
            ids.append(fields[0])
            driverVersion = fields[1]
        }
    }

    /// What ECS's agent says of the driver.
    ///
    /// - Source: spec/ecs-runtime.md section 8; amazon-ecs-agent, appendNvidiaDriverVersionAttribute.
    package var attributes: [InstanceRegistration.Attribute] {
        guard !ids.isEmpty, let driverVersion else { return [] }
        return [
            .init("ecs.capability.nvidia-driver-version.\(driverVersion)"),
            .init("ecs.capability.gpu-driver-version", driverVersion),
        ]
    }
}
