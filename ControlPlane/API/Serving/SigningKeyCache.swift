import AWSProtocol
import AccessPolicy
import ControlPlaneState
import Synchronization

/// Access keys as the state has them, and what is made of them for the day of a signature, kept: deriving takes four
/// HMACs, which is most of checking a signature, reading a policy takes longer yet, and asking the state takes its one
/// lock, for which everybody waits.
final class SigningKeyCache: Sendable {
    struct KnownKey {
        var record: AccessKeyRecord
        var signingKey: SigV4.SigningKey
        /// Of the key's user, if it has one that can be read: what cannot be read allows nothing.
        var policy: PolicyDocument?
    }

    private struct Entry {
        var record: AccessKeyRecord
        var policy: PolicyDocument?
        /// Of ``AccessKeyGeneration``: what was read before it grew is not believed.
        var generation: Int
        var day: String
        var service: String
        var key: SigV4.SigningKey
    }

    /// A host has a key, and 10,000 hosts are many.
    private static let limit = 50_000

    private let state: ClusterState
    private let vocabulary: PolicyVocabulary
    private let generation: AccessKeyGeneration
    private let entries = Mutex<[String: Entry]>([:])

    init(state: ClusterState, vocabulary: PolicyVocabulary) {
        self.state = state
        self.vocabulary = vocabulary
        generation = state.peek { $0.access.generation }
    }

    /// - Parameter authorization: whose region was found to be the control plane's own.
    /// - Returns: nil if there is no such key, or it is disabled.
    func key(for authorization: SigV4.Authorization) -> KnownKey? {
        // Read first: what changes from here on makes the entry out of date at once.
        let current = generation.current
        let kept = entries.withLock { $0[authorization.accessKeyID] }
        let isOfToday = kept.map { $0.day == authorization.day && $0.service == authorization.service } ?? false
        if let kept, isOfToday, kept.generation == current {
            return KnownKey(record: kept.record, signingKey: kept.key, policy: kept.policy)
        }
        let (found, text) = state.peek { tables -> (AccessKeyRecord?, String?) in
            let record = tables.access.key(authorization.accessKeyID)
            guard case .user(let name)? = record?.principal else { return (record, nil) }
            return (record, tables.access.user(name)?.policy)
        }
        guard let record = found, record.disabledAt == nil else { return nil }
        let policy = text.flatMap { try? PolicyDocument($0, vocabulary) }
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
                record: record, policy: policy, generation: current, day: authorization.day,
                service: authorization.service, key: derived)
        }
        return KnownKey(record: record, signingKey: derived, policy: policy)
    }
}
