/// One thing that can be set: by flag, by variable, or in the configuration file under the variable's name.
package struct Setting: Sendable {
    /// `--listen`; nil for what only a variable sets.
    package var flag: String?
    /// `STEVEDORE_LISTEN`; nil for what only a flag sets.
    package var variable: String?
    /// `ADDR:PORT`, for the help text; nil for a flag without a value, which sets `true`.
    package var valueName: String?
    /// What holds if nobody sets it; nil where there is no value then.
    package var defaultValue: String?
    /// One sentence for the help text.
    package var help: String

    package init(
        flag: String? = nil, variable: String? = nil, valueName: String? = nil, default defaultValue: String? = nil,
        help: String
    ) {
        self.flag = flag
        self.variable = variable
        self.valueName = valueName
        self.defaultValue = defaultValue
        self.help = help
    }

    /// The name under which the value is asked for: the flag without its dashes, else the variable.
    package var name: String {
        if let flag { return String(flag.dropFirst(2)) }
        return variable ?? ""
    }
}

/// Why a program cannot start with what it was given, in one sentence.
package struct ConfigurationError: Error, Sendable, Equatable {
    /// 64: the command line is wrong (EX_USAGE). 78: a variable or the file is (EX_CONFIG).
    package var exitCode: Int32
    package var message: String

    package static func usage(_ message: String) -> Self { .init(exitCode: 64, message: message) }
    package static func configuration(_ message: String) -> Self { .init(exitCode: 78, message: message) }
}
