import AWSProtocol
import ControlPlaneState
import Synchronization

/// Access keys as the state has them, and what is derived of them for the day of a signature, kept: deriving takes four
/// HMACs, which is most of checking a signature, and asking the state takes its one lock, for which everybody waits.
final class SigningKeyCache: Sendable {
    private struct Entry {
        var record: AccessKeyRecord
        /// Of ``AccessKeyGeneration``: what was read before it grew is not believed.
        var generation: Int
        var day: String
        var service: String
        var key: SigV4.SigningKey
    }

    /// A host has a key, and 10,000 hosts are many.
    private static let limit = 50_000

    private let state: ClusterState
    private let generation: AccessKeyGeneration
    private let entries = Mutex<[String: Entry]>([:])

    init(state: ClusterState) {
        self.state = state
        generation = state.peek { $0.access.generation }
    }

    /// - Parameter authorization: whose region was found to be the control plane's own.
    /// - Returns: nil if there is no such key.
    func key(for authorization: SigV4.Authorization) -> (record: AccessKeyRecord, signingKey: SigV4.SigningKey)? {
        // Read first: what changes from here on makes the entry out of date at once.
        let current = generation.current
        let kept = entries.withLock { $0[authorization.accessKeyID] }
        let isOfToday = kept.map { $0.day == authorization.day && $0.service == authorization.service } ?? false
        if let kept, isOfToday, kept.generation == current { return (kept.record, kept.key) }
        guard let record = state.peek({ $0.access.key(authorization.accessKeyID) }) else { return nil }
        let derived =
            if let kept, isOfToday, kept.record.secretAccessKey == record.secretAccessKey {
                kept.key
            } else {
                SigV4.SigningKey(
                    secretAccessKey: record.secretAccessKey, day: authorization.day, region: authorization.region,
                    service: authorization.service)
            }
        entries.withLock { entries in
            // Those of keys that are gone, or of yesterday, go this way.
            if entries.count >= Self.limit { entries.removeAll(keepingCapacity: true) }
            entries[record.accessKeyID] = Entry(
                record: record, generation: current, day: authorization.day, service: authorization.service,
                key: derived)
        }
        return (record, derived)
    }
}
