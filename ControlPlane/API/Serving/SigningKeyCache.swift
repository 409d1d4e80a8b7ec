import AWSProtocol
import ControlPlaneState
import Synchronization

/// Keys derived for the day of a signature, kept: deriving one takes four HMACs, which is most of checking a signature.
final class SigningKeyCache: Sendable {
    private struct Entry {
        var secretAccessKey: String
        var day: String
        var service: String
        var key: SigV4.SigningKey
    }

    /// A host has a key, and 10,000 hosts are many.
    private static let limit = 50_000

    private let entries = Mutex<[String: Entry]>([:])

    /// - Parameter authorization: whose region was found to be the control plane's own.
    func key(for key: AccessKeyRecord, _ authorization: SigV4.Authorization) -> SigV4.SigningKey {
        let kept = entries.withLock { $0[key.accessKeyID] }
        if let kept, kept.day == authorization.day, kept.service == authorization.service,
            kept.secretAccessKey == key.secretAccessKey
        {
            return kept.key
        }
        let derived = SigV4.SigningKey(
            secretAccessKey: key.secretAccessKey, day: authorization.day, region: authorization.region,
            service: authorization.service)
        entries.withLock { entries in
            // Those of keys that are gone, or of yesterday, go this way.
            if entries.count >= Self.limit { entries.removeAll(keepingCapacity: true) }
            entries[key.accessKeyID] = Entry(
                secretAccessKey: key.secretAccessKey, day: authorization.day, service: authorization.service,
                key: derived)
        }
        return derived
    }
}
