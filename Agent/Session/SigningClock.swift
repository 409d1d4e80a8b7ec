import FoundationEssentials
import HTTPClient
import Synchronization

/// What time it is for whoever checks a signature.
///
/// A control plane refuses what was signed more than five minutes ago, or from now, by its own clock. A host whose clock
/// is wrong, or jumps, learns from the `Date` of an answer how far off it is, and its next attempt is signed right. AWS's
/// SDKs do the same.
///
/// - Source: RFC 9110, section 5.6.7.
final class SigningClock: Sendable {
    /// Less than this is nothing to correct: an answer takes its time, and names whole seconds.
    static let tolerance: TimeInterval = 240

    private let host: @Sendable () -> Date
    private let correction = Mutex<TimeInterval>(0)

    init(_ host: @escaping @Sendable () -> Date) {
        self.host = host
    }

    var now: Date { host().addingTimeInterval(correction.withLock { $0 }) }

    func learn(from answer: ClientResponseHead) {
        guard let date = answer.header("Date").flatMap(Self.date) else { return }
        let difference = date.timeIntervalSince(host())
        correction.withLock { $0 = abs(difference) < Self.tolerance ? 0 : difference }
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, which is the one form that servers may send.
    static func date(_ text: String) -> Date? {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", let month = months.firstIndex(of: String(words[2])) else {
            return nil
        }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        return try? Date("\(words[3])-\(number)-\(words[1])T\(words[4])Z", strategy: .iso8601)
    }
}
