package import FoundationEssentials
import Synchronization

/// How much a line matters, by who acts on it: someone now, someone perhaps, nobody (the story), us.
package enum LogLevel: Int, Sendable, Comparable, CaseIterable {
    case debug, info, warning, error

    package var name: String {
        switch self {
        case .debug: "debug"
        case .info: "info"
        case .warning: "warning"
        case .error: "error"
        }
    }

    package init?(name: String) {
        guard let level = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = level
    }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// How a line is written. `logfmt` is `key=value`, quoted where needed; `json` is one object a line.
package enum LogFormat: String, Sendable, CaseIterable {
    case logfmt, json
}

/// Writes one structured line a decision. Keys are stable, so that `grep task=…` tells the story of a task.
///
/// A child made by ``with(_:)`` carries its fields on every line. Values are escaped: no value can start a new line.
package struct Logger: Sendable {
    package typealias Field = (key: String, value: String)

    private let minimumLevel: LogLevel
    private let format: LogFormat
    private let context: [Field]
    private let now: @Sendable () -> Date
    private let sink: @Sendable (String) -> Void

    /// - Parameter sink: takes one finished line, its newline included, from any thread.
    package init(
        minimumLevel: LogLevel = .info, format: LogFormat = .logfmt,
        now: @escaping @Sendable () -> Date = { Date() },
        sink: @escaping @Sendable (String) -> Void = Logger.standardError
    ) {
        self.init(minimumLevel: minimumLevel, format: format, context: [], now: now, sink: sink)
    }

    private init(
        minimumLevel: LogLevel, format: LogFormat, context: [Field], now: @escaping @Sendable () -> Date,
        sink: @escaping @Sendable (String) -> Void
    ) {
        self.minimumLevel = minimumLevel
        self.format = format
        self.context = context
        self.now = now
        self.sink = sink
    }

    /// Drops everything; for tests that do not look at the log.
    package static let discarding = Logger(minimumLevel: .error, sink: { _ in })

    package func with(_ fields: KeyValuePairs<String, String>) -> Logger {
        Logger(
            minimumLevel: minimumLevel, format: format, context: context + fields.map { ($0.key, $0.value) }, now: now,
            sink: sink)
    }

    package func debug(
        _ message: @autoclosure () -> String, _ fields: @autoclosure () -> KeyValuePairs<String, String> = [:]
    ) {
        log(.debug, message(), fields())
    }

    package func info(
        _ message: @autoclosure () -> String, _ fields: @autoclosure () -> KeyValuePairs<String, String> = [:]
    ) {
        log(.info, message(), fields())
    }

    package func warning(
        _ message: @autoclosure () -> String, _ fields: @autoclosure () -> KeyValuePairs<String, String> = [:]
    ) {
        log(.warning, message(), fields())
    }

    package func error(
        _ message: @autoclosure () -> String, _ fields: @autoclosure () -> KeyValuePairs<String, String> = [:]
    ) {
        log(.error, message(), fields())
    }

    private func log(
        _ level: LogLevel, _ message: @autoclosure () -> String,
        _ fields: @autoclosure () -> KeyValuePairs<String, String>
    ) {
        guard level >= minimumLevel else { return }
        var line: [Field] = [("time", Timestamps.iso8601(now())), ("level", level.name), ("msg", message())]
        line += context
        line += fields().map { ($0.key, $0.value) }
        sink(format.render(line) + "\n")
    }
}
