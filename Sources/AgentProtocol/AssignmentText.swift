import FoundationEssentials
import Support

/// Assignments as ``AgentCoding`` writes them, without an encoder: there is one for each task. What few tasks have is
/// still left to the encoder.
extension AssignmentMessage {
    /// `{"assignments":{…}}`, one line of a stream, without its end.
    ///
    /// - Parameter shared: of the first tasks, in order, what was made of an assignment of the same launch; nil for one
    ///   that is written whole.
    package func line(sharing shared: [SharedAssignmentText?] = []) throws -> [UInt8] {
        var text = JSONText(capacity: 512 + tasks.count * 4096)
        text.raw(#"{"assignments":{"sequence":"#)
        text.integer(sequence)
        text.member("isComplete", isComplete)
        text.name("tasks")
        var index = 0
        try text.array(tasks) { text, task in
            try task.write(to: &text, sharing: index < shared.count ? shared[index] : nil)
            index += 1
        }
        text.member("removedTaskArns", removedTaskArns)
        text.raw("}}")
        return text.bytes
    }
}

extension ReportReply {
    /// As ``AgentCoding`` writes it.
    package func json() -> [UInt8] {
        var text = JSONText(capacity: 64 + unknownTaskArns.count * 128)
        text.raw(#"{"batch":"#)
        text.integer(batch)
        text.member("unknownTaskArns", unknownTaskArns)
        text.member("lacksStream", lacksStream)
        text.raw("}")
        return text.bytes
    }
}

/// What the assignments of one launch have in common, as it is written: nearly all of each, so it is written once.
package final class SharedAssignmentText: Sendable {
    fileprivate let task: [UInt8]
    fileprivate let containers: [[UInt8]]

    /// - Parameter assignment: of any task of the launch. What is only this task's does not count.
    package init(_ assignment: TaskAssignment) throws {
        var text = JSONText(capacity: 512)
        try assignment.writeShared(to: &text)
        task = text.bytes
        containers = try assignment.containers.map { container in
            var text = JSONText(capacity: 2048)
            try container.writeShared(to: &text)
            return text.bytes
        }
    }
}

extension TaskAssignment {
    fileprivate func write(to text: inout JSONText, sharing shared: SharedAssignmentText?) throws {
        text.raw(#"{"taskArn":"#)
        text.string(taskArn)
        text.member("desiredStatus", desiredStatus.rawValue)
        try text.rare("networkInterface", networkInterface)
        if let shared { text.raw(shared.task) } else { try writeShared(to: &text) }
        text.name("containers")
        var index = 0
        try text.array(containers) { text, container in
            text.raw("{")
            if let shared { text.raw(shared.containers[index]) } else { try container.writeShared(to: &text) }
            try container.writeOwn(to: &text)
            text.raw("}")
            index += 1
        }
        text.raw("}")
    }

    fileprivate func writeShared(to text: inout JSONText) throws {
        text.member("cluster", cluster)
        text.member("family", family)
        text.member("revision", revision)
        text.member("networkMode", networkMode.rawValue)
        text.member("cpuUnits", cpuUnits)
        text.member("memoryMiB", memoryMiB)
        text.member("pidMode", pidMode?.rawValue)
        text.member("ipcMode", ipcMode?.rawValue)
        try text.rare("volumes", volumes)
        text.member("launchType", launchType?.rawValue)
        text.member("group", group)
        text.member("tags", tags)
        text.member("taskRoleArn", taskRoleArn)
    }
}

extension ContainerSpecification {
    /// What each task has for itself.
    fileprivate func writeOwn(to text: inout JSONText) throws {
        if portBindings.isEmpty { text.member("portBindings", []) } else { try text.rare("portBindings", portBindings) }
        text.member("gpuIDs", gpuIDs)
        text.member("containerArn", containerArn)
    }

    /// The rest.
    fileprivate func writeShared(to text: inout JSONText) throws {
        text.raw(#""name":"#)
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
