/// A program to start: an absolute path and an argument array, never a shell's line.
package struct SubprocessCommand: Sendable, Hashable {
    /// An absolute path; see ``ExecutableLookup``.
    package var executable: String
    /// Without the program's own name.
    package var arguments: [String]
    /// The whole environment of the child: nothing is inherited.
    package var environment: [String: String]
    /// What the child reads from standard input; nil is an empty input. It is a file in memory, so that the child may
    /// also open it by name (`/dev/stdin`).
    package var standardInput: [UInt8]?

    package init(
        executable: String, arguments: [String], environment: [String: String] = [:], standardInput: [UInt8]? = nil
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.standardInput = standardInput
    }
}

/// How a child ended.
package enum SubprocessStatus: Sendable, Hashable, CustomStringConvertible {
    case exited(Int32)
    case signaled(Int32)

    package var isSuccess: Bool { self == .exited(0) }

    package var description: String {
        switch self {
        case .exited(let code): "exit code \(code)"
        case .signaled(let signal): "signal \(signal)"
        }
    }
}

/// What a child that ended by itself left.
package struct SubprocessOutput: Sendable, Hashable {
    package var status: SubprocessStatus
    package var standardOutput: [UInt8]
    package var standardError: [UInt8]

    package init(status: SubprocessStatus, standardOutput: [UInt8] = [], standardError: [UInt8] = []) {
        self.status = status
        self.standardOutput = standardOutput
        self.standardError = standardError
    }
}

/// Why there is no output of a child. An exit code other than 0 is no error here: it is an answer.
package struct SubprocessError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: Sendable, Hashable {
        /// It could not be started: no such file, too long arguments, no process or descriptor to be had.
        case cannotStart
        /// It was killed because it took too long.
        case timedOut
        /// It was killed because it showed no progress for too long.
        case inactive
        /// It was killed because the task that waited for it was cancelled.
        case cancelled
        /// It was killed because it wrote more than it may.
        case outputTooLong
    }

    package var code: Code
    package var message: String

    package init(code: Code, message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
