import AgentRuntime

/// What an environment file says: `VARIABLE=VALUE` lines, taken as they stand.
///
/// - Source: Developer Guide, "Pass environment variables to an Amazon ECS container": lines that begin with `#` are
///   comments, and space and quotation marks belong to the value. As with the Amazon ECS agent, a line without a
///   name, a value or an equals sign means nothing, and of equal names in one file the last counts.
enum EnvironmentFileFormat {
    static func variables(_ text: String) -> [ContainerLaunch.Variable] {
        var values: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { continue }
            values[String(parts[0])] = String(parts[1])
        }
        return values.sorted { $0.key < $1.key }.map { ContainerLaunch.Variable(name: $0.key, value: $0.value) }
    }
}
