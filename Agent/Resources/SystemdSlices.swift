import Support

/// cgroups as slices of systemd: where systemd makes the cgroups of containers, it must be asked for their parents too,
/// or it would undo what it did not make.
///
/// A transient slice has its limits from its first moment on, and leaves no file when it ends.
///
/// - Source: systemd, "The D-Bus API of systemd/PID 1" (StartTransientUnit, StopUnit) and systemd.resource-control(5);
///   spec/ecs-runtime.md section 4.
struct SystemdSlices: CgroupManager {
    typealias Run = @Sendable (SubprocessCommand) async throws(SubprocessError) -> SubprocessOutput

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    private static let manager = [
        "call", "--quiet", "org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager",
    ]

    /// `busctl`, which is part of systemd.
    let executable: String
    let run: Run

    static func name(_ task: String) -> String { "ecstasks-\(task).slice" }

    /// systemd itself translates these names to what version 1 of cgroups has.
    static func properties(_ limits: TaskLimits) -> [(name: String, value: Int)] {
        var properties: [(name: String, value: Int)] = []
        switch limits.cpu {
        case .quota(let quota, let period):
            properties.append(("CPUQuotaPerSecUSec", quota * 1_000_000 / period))
            properties.append(("CPUQuotaPeriodUSec", period))
        case .shares(let shares): properties.append(("CPUWeight", TaskLimits.CPU.weight(shares: shares)))
        }
        if let bytes = limits.memoryBytes { properties.append(("MemoryMax", bytes)) }
        if let pids = limits.pids { properties.append(("TasksMax", pids)) }
        return properties
    }

    func make(_ task: String, _ limits: TaskLimits) async throws -> String {
        let properties = Self.properties(limits)
        var arguments = ["StartTransientUnit", "ssa(sv)a(sa(sv))", Self.name(task), "fail", "\(properties.count)"]
        for property in properties { arguments += [property.name, "t", "\(property.value)"] }
        // No units beside it.
        arguments.append("0")
        // What a start that was cut short made has the same limits.
        try await call(arguments) { $0.contains("already loaded") || $0.contains("already exists") }
        return Self.name(task)
    }

    func remove(_ task: String) async throws {
        try await call(["StopUnit", "ss", Self.name(task), "replace"]) { $0.contains("not loaded") }
    }

    private func call(_ arguments: [String], isFine: (String) -> Bool) async throws {
        let output = try await run(SubprocessCommand(executable: executable, arguments: Self.manager + arguments))
        guard !output.status.isSuccess else { return }
        let message = String(decoding: output.standardError, as: UTF8.self).replacing("\n", with: " ")
        guard !isFine(message) else { return }
        throw Failure(description: "systemd: \(message.isEmpty ? output.status.description : message)")
    }
}
