import Glibc

/// Why a server did not start.
package struct ServerError: Error, Equatable, CustomStringConvertible {
    package enum Code: Sendable {
        case invalidAddress
        case addressInUse
        case permissionDenied
        /// Already started, or stopped: a server starts once.
        case notStartable
        case system
    }

    package let code: Code
    /// What was attempted, on what, and what came back.
    package let message: String

    package var description: String { message }

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    init(call: String, on target: String, errno number: Int32) {
        let code: Code =
            switch number {
            case EADDRINUSE: .addressInUse
            case EACCES, EPERM: .permissionDenied
            case EADDRNOTAVAIL: .invalidAddress
            default: .system
            }
        self.init(code, "\(call) \(target): \(String(cString: strerror(number)))")
    }
}
