extension DockerArguments {
    /// - Throws: `failed` for what the command line cannot carry.
    static func createVolume(_ volume: RuntimeVolume) throws(RuntimeError) -> [String] {
        var arguments = ["volume", "create", "--driver=\(volume.driver)"]
        for (flag, values) in [("--opt", volume.options), ("--label", volume.labels)] {
            for (key, value) in values.sorted(by: { $0.key < $1.key }) {
                guard !key.isEmpty, !key.contains("="), !key.utf8.contains(0), !value.utf8.contains(0) else {
                    throw .init(
                        code: .failed, message: "\"\(key.prefix(100))\" cannot be an option or a label of a volume")
                }
                arguments.append("\(flag)=\(key)=\(value)")
            }
        }
        return arguments + ["--", volume.name]
    }

    static func inspectVolume(_ name: String) -> [String] {
        ["volume", "inspect", "--format={{json .}}", "--", name]
    }

    /// With `--force` it is no error that one is gone.
    static func removeVolumes(_ names: [String]) -> [String] {
        ["volume", "rm", "--force", "--"] + names
    }
}
