/// What a ``CommandLineReader`` read: values with the place they came from, so that an error can name it.
package struct SettingValues: Sendable {
    struct Value: Sendable {
        var text: String
        var origin: String
        var isFlag: Bool
    }

    let values: [String: Value]
    /// Keys of the configuration file that no setting has.
    package let unknownFileKeys: [String]

    /// The value as it was given; nil if it was not and has no default.
    package func text(_ name: String) -> String? { values[name]?.text }

    /// The value as `convert` reads it.
    ///
    /// - Throws: ``ConfigurationError`` that names the place, the value and what was expected, if `convert` gives nil.
    package func value<Result>(
        _ name: String, expected: String, _ convert: (String) -> Result?
    ) throws(ConfigurationError) -> Result? {
        guard let value = values[name] else { return nil }
        guard let result = convert(value.text) else {
            throw error(name, "expected \(expected), found \"\(value.text.prefix(60))\"")
        }
        return result
    }

    /// An error about this setting, with the exit code of the place it came from.
    package func error(_ name: String, _ message: String) -> ConfigurationError {
        guard let value = values[name] else { return .usage("\(name): \(message)") }
        return .init(exitCode: value.isFlag ? 64 : 78, message: "\(value.origin): \(message)")
    }
}
