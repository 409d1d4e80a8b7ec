import FoundationEssentials
import Support

/// Assignments as ``AgentCoding`` writes them, without an encoder: there is one for each task. What few tasks have is
/// still left to the encoder.
extension AssignmentMessage {
    /// `{"assignments":{…}}`, one line of a stream, without its end.
    package func line() throws -> [UInt8] {
        var text = JSONText(capacity: 512 + tasks.count * 2048)
        text.raw(#"{"assignments":{"sequence":"#)
        text.integer(sequence)
        text.member("isComplete", isComplete)
        text.name("tasks")
        try text.array(tasks) { text, task in try task.write(to: &text) }
        text.member("removedTaskArns", removedTaskArns)
        text.raw("}}")
        return text.bytes
    }
}

extension TaskAssignment {
    func write(to text: inout JSONText) throws {
        text.raw(#"{"taskArn":"#)
        text.string(taskArn)
        text.member("cluster", cluster)
        text.member("family", family)
        text.member("revision", revision)
        text.member("desiredStatus", desiredStatus.rawValue)
        text.member("networkMode", networkMode.rawValue)
        text.name("containers")
        try text.array(containers) { text, container in try container.write(to: &text) }
        text.member("cpuUnits", cpuUnits)
        text.member("memoryMiB", memoryMiB)
        text.member("pidMode", pidMode?.rawValue)
        text.member("ipcMode", ipcMode?.rawValue)
        try text.rare("volumes", volumes)
        try text.rare("networkInterface", networkInterface)
        text.member("launchType", launchType?.rawValue)
        text.member("group", group)
        text.member("tags", tags)
        text.member("taskRoleArn", taskRoleArn)
        text.raw("}")
    }
}

extension ContainerSpecification {
    func write(to text: inout JSONText) throws {
        text.raw(#"{"name":"#)
        text.string(name)
        text.member("image", image)
        text.member("isEssential", isEssential)
        text.member("entryPoint", entryPoint)
        text.member("command", command)
        text.name("environment")
        text.array(environment) { text, variable in
            text.raw(#"{"name":"#)
            text.string(variable.name)
            text.member("value", variable.value)
            text.raw("}")
        }
        text.member("workingDirectory", workingDirectory)
        text.member("user", user)
        text.member("dockerLabels", dockerLabels)
        text.member("cpuUnits", cpuUnits)
        text.member("memoryMiB", memoryMiB)
        text.member("memoryReservationMiB", memoryReservationMiB)
        if portBindings.isEmpty { text.member("portBindings", []) } else { try text.rare("portBindings", portBindings) }
        text.member("stopTimeoutSeconds", stopTimeoutSeconds)
        try text.rare("dependsOn", dependsOn)
        text.member("startTimeoutSeconds", startTimeoutSeconds)
        try text.rare("restartPolicy", restartPolicy)
        try text.rare("healthCheck", healthCheck)
        try text.rare("settings", settings)
        try text.rare("logConfiguration", logConfiguration)
        try text.rare("mountPoints", mountPoints)
        try text.rare("volumesFrom", volumesFrom)
        text.member("environmentFiles", environmentFiles)
        try text.rare("secrets", secrets)
        text.member("repositoryCredentials", repositoryCredentials)
        text.member("gpuIDs", gpuIDs)
        text.member("containerArn", containerArn)
        text.raw("}")
    }
}

extension JSONText {
    /// Left to the encoder.
    fileprivate mutating func rare<Value: Encodable>(_ name: StaticString, _ value: Value?) throws {
        guard let value else { return }
        self.name(name)
        raw(Array(try AgentCoding.encode(value)))
    }

    fileprivate mutating func member(_ name: StaticString, _ values: [String: String]?) {
        guard let values else { return }
        self.name(name)
        raw("{")
        for (index, entry) in values.enumerated() {
            if index > 0 { raw(",") }
            string(entry.key)
            raw(":")
            string(entry.value)
        }
        raw("}")
    }
}
