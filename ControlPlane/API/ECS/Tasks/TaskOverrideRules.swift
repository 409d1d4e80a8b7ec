import AWSModels
import AWSProtocol
import Support

/// One thing that ECS asks of the overrides of RunTask and StartTask.
///
/// Rules run in order and the first that is broken answers.
struct TaskOverrideRule: Sendable {
    /// The field that the rule is about, as TaskOverride names it.
    let field: String
    /// What is wrong with these overrides of this definition; nil if nothing is.
    let violation: @Sendable (ECS.TaskOverride, ECS.TaskDefinition) -> String?

    init(
        _ field: String, _ violation: @escaping @Sendable (ECS.TaskOverride, ECS.TaskDefinition) -> String?
    ) {
        self.field = field
        self.violation = violation
    }

    /// - Throws: InvalidParameterException for the first rule that the overrides break.
    static func check(_ overrides: ECS.TaskOverride, of definition: ECS.TaskDefinition) throws(AWSError) {
        guard try ShapeJSON.size(of: overrides) <= Limits.overridesBytes.value else {
            throw .invalidParameter("Overrides can be at most \(Limits.overridesBytes.value) characters of JSON.")
        }
        for rule in all {
            if let problem = rule.violation(overrides, definition) { throw .invalidParameter(problem) }
        }
    }

    static let all: [Self] = [
        Self("containerOverrides[].name") { overrides, _ in
            (overrides.containerOverrides ?? []).contains { $0.name.given == nil }
                ? "Every item of containerOverrides needs the name of a container." : nil
        },
        Self("containerOverrides[].name") { overrides, definition in
            let names = Set((definition.containerDefinitions ?? []).map(\.name))
            return (overrides.containerOverrides ?? []).first { !names.contains($0.name) }.map {
                "Override for container named \(($0.name ?? "").prefix(255)) is not a container in the TaskDefinition."
            }
        },
        Self("containerOverrides[].name") { overrides, _ in
            var seen: Set<String> = []
            let again = (overrides.containerOverrides ?? []).compactMap(\.name).first { !seen.insert($0).inserted }
            return again.map { "There is more than one override for the container named \($0.prefix(255))." }
        },
        Self("cpu") { overrides, _ in
            guard let cpu = overrides.cpu.given, TaskSize.cpuUnits(cpu) == nil else { return nil }
            return "Invalid override: Invalid 'cpu' setting for task: '\(cpu.prefix(60))'. "
                + "It must be CPU units, such as 1024, or vCPUs, such as '1 vCPU'."
        },
        Self("memory") { overrides, _ in
            guard let memory = overrides.memory.given, TaskSize.memoryMiB(memory) == nil else { return nil }
            return "Invalid override: Invalid 'memory' setting for task: '\(memory.prefix(60))'. "
                + "It must be MiB, such as 2048, or GB, such as '2 GB'."
        },
        Self("taskRoleArn") { overrides, _ in problem(role: overrides.taskRoleArn, field: "taskRoleArn") },
        Self("executionRoleArn") { overrides, _ in
            problem(role: overrides.executionRoleArn, field: "executionRoleArn")
        },
        Self("ephemeralStorage") { overrides, _ in
            guard let size = overrides.ephemeralStorage?.sizeInGiB, !(21...200).contains(size) else { return nil }
            return size < 21
                ? "Invalid override: EphemeralStorage size should be at least 21; found \(size)."
                : "Invalid override: EphemeralStorage size should be at most 200; found \(size)."
        },
        Self("inferenceAcceleratorOverrides") { overrides, definition in
            let names = Set((definition.inferenceAccelerators ?? []).map(\.deviceName))
            let stray = (overrides.inferenceAcceleratorOverrides ?? []).first { !names.contains($0.deviceName) }
            return stray.map {
                "Override for inference accelerator named \(($0.deviceName ?? "").prefix(255)) is not an inference "
                    + "accelerator in the TaskDefinition."
            }
        },
        Self("everything that registration has a rule for", registrationProblem),
    ]

    /// An override is held to what registration asks of the field itself. What the definition breaks without it is not
    /// its fault: an older version may have registered that.
    private static func registrationProblem(
        _ overrides: ECS.TaskOverride, _ definition: ECS.TaskDefinition
    ) -> String? {
        guard overrides != ECS.TaskOverride() else { return nil }
        let overridden = definition.applying(overrides).registration
        for rule in TaskDefinitionRule.common {
            guard let problem = rule.violation(overridden), rule.violation(definition.registration) == nil else {
                continue
            }
            return "Invalid override: \(problem)"
        }
        return nil
    }

    /// - Source: API Reference, TaskDefinition `taskRoleArn`: the short name or full ARN of a role.
    private static func problem(role: String?, field: String) -> String? {
        guard let role = role.given else { return nil }
        let isRole: Bool
        if role.hasPrefix("arn:") {
            let arn = ARN(role)
            isRole = arn?.service == "iam" && arn?.resourceType == "role"
        } else {
            isRole = Names.isRoleName(role)
        }
        return isRole
            ? nil : "Invalid override: \(field) must be the name or the ARN of an IAM role; found '\(role.prefix(60))'."
    }
}
