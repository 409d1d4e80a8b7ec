/// Reads a program's settings from flags, environment and file, in this order of precedence, and writes its help.
///
/// Flags come as `--name VALUE` or `--name=VALUE`. An unknown flag, a flag given twice, a flag without its value and a
/// missing `--config` file stop the start. Unknown variables in the environment are none of our business; unknown keys
/// in the file are reported back, since ECS's own file may hold many that do not concern us.
package struct CommandLineReader: Sendable {
    package var program: String
    package var summary: String
    package var settings: [Setting]
    /// Read if it exists; `--config FILE` names another, which must exist.
    package var defaultFile: String
    /// What the program does instead of running, for ``help``: the program itself looks for these before it reads.
    package var commands: [Command]

    package struct Command: Sendable {
        package var name: String
        package var help: String

        package init(name: String, help: String) {
            self.name = name
            self.help = help
        }
    }

    package init(
        program: String, summary: String, settings: [Setting], defaultFile: String, commands: [Command] = []
    ) {
        self.program = program
        self.summary = summary
        self.settings = settings
        self.defaultFile = defaultFile
        self.commands = commands
    }

    package enum Outcome: Sendable {
        case help, version
        case settings(SettingValues)
    }

    /// - Parameters:
    ///   - arguments: without the program's own name.
    ///   - readFile: the text of a file; nil if there is none of this name.
    package func read(
        arguments: [String], environment: [String: String],
        readFile: (String) throws(ConfigurationError) -> String?
    ) throws(ConfigurationError) -> Outcome {
        var flags: [String: String] = [:]
        var file: String?
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            let (flag, inlineValue) = Self.split(argument)
            if flag == "--help" || flag == "-h" { return .help }
            if flag == "--version" { return .version }
            let setting = settings.first { $0.flag == flag }
            guard flag == "--config" || setting != nil else {
                throw .usage("unknown argument \"\(argument.prefix(60))\"; \(program) --help lists what there is")
            }
            if let setting, setting.valueName == nil {
                guard inlineValue == nil else { throw .usage("\(flag) takes no value") }
                try Self.set(&flags, setting.name, "true", flag: flag)
                continue
            }
            guard let value = inlineValue ?? rest.popFirst() else { throw .usage("\(flag) needs a value") }
            if let setting {
                try Self.set(&flags, setting.name, value, flag: flag)
            } else {
                guard file == nil else { throw .usage("--config is given twice") }
                file = value
            }
        }
        return .settings(try merge(flags: flags, environment: environment, file: file, readFile: readFile))
    }

    private func merge(
        flags: [String: String], environment: [String: String], file: String?,
        readFile: (String) throws(ConfigurationError) -> String?
    ) throws(ConfigurationError) -> SettingValues {
        let path = file ?? defaultFile
        let text = try readFile(path)
        if text == nil, file != nil { throw .configuration("there is no configuration file \(path)") }
        var fromFile: [String: String] = [:]
        for (key, value) in try EnvironmentFile.parse(text ?? "", path: path) { fromFile[key] = value }

        var values: [String: SettingValues.Value] = [:]
        for setting in settings {
            if let value = flags[setting.name] {
                values[setting.name] = .init(text: value, origin: setting.flag ?? setting.name, isFlag: true)
            } else if let variable = setting.variable, let value = environment[variable] {
                values[setting.name] = .init(text: value, origin: variable, isFlag: false)
            } else if let variable = setting.variable, let value = fromFile[variable] {
                values[setting.name] = .init(text: value, origin: "\(variable) in \(path)", isFlag: false)
            } else if let value = setting.defaultValue {
                values[setting.name] = .init(text: value, origin: "the default of \(setting.name)", isFlag: false)
            }
        }
        let known = Set(settings.compactMap(\.variable))
        return SettingValues(values: values, unknownFileKeys: fromFile.keys.filter { !known.contains($0) }.sorted())
    }

    private static func set(
        _ flags: inout [String: String], _ name: String, _ value: String, flag: String
    ) throws(ConfigurationError) {
        guard flags.updateValue(value, forKey: name) == nil else { throw .usage("\(flag) is given twice") }
    }

    private static func split(_ argument: String) -> (flag: String, value: String?) {
        guard argument.hasPrefix("--"), let equals = argument.firstIndex(of: "=") else { return (argument, nil) }
        return (String(argument[..<equals]), String(argument[argument.index(after: equals)...]))
    }

    /// What `--help` prints.
    package var help: String {
        var rows: [(String, String)] = settings.map { setting in
            let flag = [setting.flag, setting.flag == nil ? nil : setting.valueName].compactMap { $0 }.joined(
                separator: " ")
            let variable = setting.variable.map { "[\($0)]" } ?? ""
            let left = [flag, variable].filter { !$0.isEmpty }.joined(separator: " ")
            let fallback = setting.defaultValue.map { " Default: \($0)." } ?? ""
            return (left, setting.help + fallback)
        }
        rows.append(("--config FILE", "A file of KEY=VALUE lines. Default: \(defaultFile), if it is there."))
        rows.append(("--help, --version", "Say what this is, and stop."))
        let lines = rows.map { "  \($0.0)\n        \($0.1)" }.joined(separator: "\n")
        let usage =
            ["Usage: \(program) [options]"] + commands.map { "       \(program) \($0.name)\n        \($0.help)" }
        return """
            \(summary)

            \(usage.joined(separator: "\n"))

            Each setting is taken from the flag, else from the variable in brackets in the environment, else from
            that variable in the configuration file.

            \(lines)

            Exit codes: 0 clean, 1 a fault at run time, 64 a wrong command line, 78 a wrong configuration.

            """
    }
}
