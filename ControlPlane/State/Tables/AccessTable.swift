package import FoundationEssentials
import Synchronization

/// Access keys, their users, join tokens, and the client tokens of RunTask calls.
package struct AccessTable: Sendable {
    private var keys: [String: AccessKeyRecord] = [:]
    /// By name in lower case.
    private var users: [String: UserRecord] = [:]
    /// The keys of users, by name.
    private var keysOfUsers: [String: Set<String>] = [:]
    package let generation = AccessKeyGeneration()
    private var joinTokens: [String: JoinTokenRecord] = [:]
    private var runTaskTokens: [String: RunTaskTokenRecord] = [:]
    /// Client tokens, the oldest first.
    private var tokenAges = OrderedSet<TokenAge>()

    private struct TokenAge: Comparable {
        var createdAt: Date
        var storeKey: String

        static func < (left: Self, right: Self) -> Bool {
            left.createdAt == right.createdAt ? left.storeKey < right.storeKey : left.createdAt < right.createdAt
        }
    }

    package func key(_ accessKeyID: String) -> AccessKeyRecord? { keys[accessKeyID] }

    package var rootKey: AccessKeyRecord? {
        keys.values.filter { $0.principal == .root }.min { $0.accessKeyID < $1.accessKeyID }
    }

    /// - Parameter name: in any case.
    package func user(_ name: String) -> UserRecord? { users[name.lowercased()] }

    /// By name.
    package var allUsers: [UserRecord] { users.values.sorted { $0.name < $1.name } }

    /// The user's keys, the oldest first.
    package func keys(ofUser name: String) -> [AccessKeyRecord] {
        (keysOfUsers[name] ?? []).compactMap { keys[$0] }
            .sorted { ($0.createdAt, $0.accessKeyID) < ($1.createdAt, $1.accessKeyID) }
    }

    package func joinToken(sha256: String) -> JoinTokenRecord? { joinTokens[sha256] }

    package var hasJoinToken: Bool { !joinTokens.isEmpty }

    package func runTaskToken(cluster: ClusterName, clientToken: String) -> RunTaskTokenRecord? {
        runTaskTokens[RunTaskTokenRecord.storeKey(cluster: cluster, clientToken: clientToken)]
    }

    /// At most `limit` client tokens that were made before `date`.
    package func runTaskTokens(createdBefore date: Date, limit: Int) -> [RunTaskTokenRecord] {
        var found: [RunTaskTokenRecord] = []
        tokenAges.forEach(after: nil) { age in
            guard age.createdAt < date, found.count < limit else { return false }
            if let token = runTaskTokens[age.storeKey] { found.append(token) }
            return true
        }
        return found
    }

    mutating func replace(_ old: AccessKeyRecord?, _ new: AccessKeyRecord?) {
        if let old {
            keys[old.accessKeyID] = nil
            if case .user(let name) = old.principal {
                keysOfUsers[name]?.remove(old.accessKeyID)
                if keysOfUsers[name]?.isEmpty == true { keysOfUsers[name] = nil }
            }
        }
        if let new {
            keys[new.accessKeyID] = new
            if case .user(let name) = new.principal { keysOfUsers[name, default: []].insert(new.accessKeyID) }
        }
        generation.grow()
    }

    mutating func replace(_ old: UserRecord?, _ new: UserRecord?) {
        if let old { users[old.name.lowercased()] = nil }
        if let new { users[new.name.lowercased()] = new }
        generation.grow()
    }

    mutating func replace(_ old: JoinTokenRecord?, _ new: JoinTokenRecord?) {
        if let old { joinTokens[old.tokenSHA256] = nil }
        if let new { joinTokens[new.tokenSHA256] = new }
    }

    mutating func replace(_ old: RunTaskTokenRecord?, _ new: RunTaskTokenRecord?) {
        if let old {
            runTaskTokens[old.storeKey] = nil
            tokenAges.remove(TokenAge(createdAt: old.createdAt, storeKey: old.storeKey))
        }
        if let new {
            runTaskTokens[new.storeKey] = new
            tokenAges.insert(TokenAge(createdAt: new.createdAt, storeKey: new.storeKey))
        }
    }
}

/// Grows with every transaction that touches an access key or a user, before anybody hears of it: for whoever keeps what it has
/// read of keys, and must not believe it a moment too long.
package final class AccessKeyGeneration: Sendable {
    private let count = Atomic(0)

    package var current: Int { count.load(ordering: .acquiring) }

    func grow() { count.add(1, ordering: .acquiringAndReleasing) }
}
