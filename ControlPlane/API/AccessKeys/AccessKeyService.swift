import AWSProtocol
import AccessPolicy
package import ControlPlaneState
package import FoundationEssentials
package import HTTPServer
package import Support

/// Access keys of people and programs: who has one, and what they may do with it.
///
/// It is asked through a socket in the data directory that none but the control plane's user can open, and not on the
/// port: whoever may use it could have read the store, and neither a stolen root key nor a request that some service can
/// be talked into making opens another way in.
package struct AccessKeyService: Sendable {
    package static let path = "/stevedore/v1/access-keys"
    /// - Source: IAM User Guide, "IAM and AWS STS quotas": access keys of a user.
    private static let keysPerUser = 2

    private let state: ClusterState
    private let arns: ARNFactory
    private let now: @Sendable () -> Date
    private let random: RandomSource
    private let log: Logger

    package init(
        state: ClusterState, arns: ARNFactory, now: @escaping @Sendable () -> Date = { Date() },
        random: RandomSource = .system, log: Logger
    ) {
        self.state = state
        self.arns = arns
        self.now = { Timestamps.toMilliseconds(now()) }
        self.random = random
        self.log = log
    }

    /// The users whose policies cannot be read any more, so that they may do nothing; and why.
    package func unreadablePolicies() -> [(user: String, problem: String)] {
        var found: [(user: String, problem: String)] = []
        for user in state.peek({ $0.access.allUsers }) {
            do throws(AccessKeyRefusal) { try user.policy.map(check) } catch {
                found.append((user.name, error.message))
            }
        }
        return found
    }

    /// `POST` ``path``.
    package func handle(_ request: Request) async -> Response {
        guard request.method == "POST", request.path == Self.path else { return .text(404, "not found\n") }
        let reply: AccessKeyReply
        do {
            let asked = try JSONDecoder().decode(AccessKeyRequest.self, from: Data(request.body))
            reply = try await answer(asked)
        } catch let refusal as AccessKeyRefusal {
            reply = AccessKeyReply(refusal: refusal.message)
        } catch {
            reply = AccessKeyReply(refusal: "the request cannot be read")
        }
        guard let body = try? JSONEncoder().encode(reply) else { return .text(500, "the answer cannot be written\n") }
        return Response(status: 200, headers: ["Content-Type": "application/json"], body: Array(body))
    }

    package func answer(_ request: AccessKeyRequest) async throws(AccessKeyRefusal) -> AccessKeyReply {
        switch request {
        case .create(let name, let policy): return try await create(name, policy)
        case .list: return list()
        case .setEnabled(let id, let isEnabled): return try await setEnabled(id, isEnabled)
        case .rotate(let id, let keepOld): return try await rotate(id, keepOld: keepOld)
        case .delete(let id): return try await delete(id)
        case .policy(let id):
            let user = try await change { tx throws(AccessKeyRefusal) in try tx.user(ofKey: id).user }
            return AccessKeyReply(policy: user.policy)
        case .setPolicy(let id, let policy): return try await setPolicy(id, policy)
        }
    }

    // MARK: What can be asked

    private func create(_ name: String, _ policy: String?) async throws(AccessKeyRefusal) -> AccessKeyReply {
        guard Names.isRoleName(name) else {
            throw AccessKeyRefusal(
                "the name of a key has 1 to 64 letters, digits and _+=,.@-; \"\(name.prefix(80))\" has not")
        }
        try policy.map(check)
        let key = newKey(of: name)
        try await change { tx throws(AccessKeyRefusal) in
            guard tx.access.user(name) == nil else {
                throw AccessKeyRefusal("there is a key named \(name) already; rotate gives it another secret")
            }
            tx.put(UserRecord(name: name, policy: policy, createdAt: key.createdAt))
            tx.put(key)
        }
        log.info("access key created", ["name": name, "accessKey": key.accessKeyID])
        return secret(of: key, name)
    }

    private func list() -> AccessKeyReply {
        state.peek { tables in
            AccessKeyReply(
                keys: tables.access.allUsers.flatMap { user in
                    tables.access.keys(ofUser: user.name).map { key in
                        .init(
                            accessKeyID: key.accessKeyID, name: user.name, isEnabled: key.disabledAt == nil,
                            hasPolicy: user.policy != nil, createdAt: key.createdAt.timeIntervalSince1970)
                    }
                })
        }
    }

    private func setEnabled(_ id: String, _ isEnabled: Bool) async throws(AccessKeyRefusal) -> AccessKeyReply {
        let now = now()
        try await change { tx throws(AccessKeyRefusal) in
            var key = try tx.user(ofKey: id).key
            guard (key.disabledAt == nil) != isEnabled else { return }
            key.disabledAt = isEnabled ? nil : now
            tx.put(key)
        }
        log.info("access key \(isEnabled ? "enabled" : "disabled")", ["accessKey": id])
        return AccessKeyReply()
    }

    private func rotate(_ id: String, keepOld: Bool) async throws(AccessKeyRefusal) -> AccessKeyReply {
        let name = try state.viewNow { tables throws(AccessKeyRefusal) in try tables.user(ofKey: id).user.name }.0.get()
        let key = newKey(of: name)
        try await change { tx throws(AccessKeyRefusal) in
            _ = try tx.user(ofKey: id)
            if !keepOld { tx.removeAccessKey(id) }
            guard tx.access.keys(ofUser: name).count < Self.keysPerUser else {
                throw AccessKeyRefusal(
                    "\(name) has \(Self.keysPerUser) keys, which is all that one can have: delete one")
            }
            tx.put(key)
        }
        log.info(
            "access key rotated",
            ["name": name, "accessKey": key.accessKeyID, "old": id, "oldWorks": String(keepOld)])
        return secret(of: key, name)
    }

    private func delete(_ id: String) async throws(AccessKeyRefusal) -> AccessKeyReply {
        let name = try await change { tx throws(AccessKeyRefusal) in
            let name = try tx.user(ofKey: id).user.name
            tx.removeAccessKey(id)
            if tx.access.keys(ofUser: name).isEmpty { tx.removeUser(name) }
            return name
        }
        log.info("access key deleted", ["name": name, "accessKey": id])
        return AccessKeyReply()
    }

    private func setPolicy(_ id: String, _ policy: String) async throws(AccessKeyRefusal) -> AccessKeyReply {
        try check(policy)
        let name = try await change { tx throws(AccessKeyRefusal) in
            var user = try tx.user(ofKey: id).user
            user.policy = policy
            tx.put(user)
            return user.name
        }
        log.info("policy set", ["name": name, "accessKey": id])
        return AccessKeyReply()
    }

    // MARK: How

    private func check(_ policy: String) throws(AccessKeyRefusal) {
        do { _ = try PolicyDocument(policy, .controlPlane(arns)) } catch {
            throw AccessKeyRefusal("the policy is refused: \(error.message)")
        }
    }

    private func newKey(of name: String) -> AccessKeyRecord {
        AccessKeyRecord(
            accessKeyID: AccessKeys.newID(random), secretAccessKey: AccessKeys.newSecret(random),
            principal: .user(name: name), createdAt: now())
    }

    private func secret(of key: AccessKeyRecord, _ name: String) -> AccessKeyReply {
        AccessKeyReply(
            secret: .init(
                name: name, accessKeyID: key.accessKeyID, secretAccessKey: key.secretAccessKey, region: arns.region))
    }

    private func change<Result: Sendable>(
        _ body: (inout Tables) throws(AccessKeyRefusal) -> Result
    ) async throws(AccessKeyRefusal) -> Result {
        do { return try await state.transact(body) } catch {
            switch error {
            case .body(let refusal): throw refusal
            case .store(let failure): throw AccessKeyRefusal("nothing can be changed: \(failure)")
            }
        }
    }
}

/// Why a request about access keys is not granted, in words for whoever runs the command.
package struct AccessKeyRefusal: Error, Sendable, Hashable {
    package let message: String

    init(_ message: String) { self.message = message }
}

extension Tables {
    /// - Throws: if there is no such key, or it is no user's: the root key's file and the agents stay as they are.
    fileprivate borrowing func user(
        ofKey id: String
    ) throws(AccessKeyRefusal) -> (key: AccessKeyRecord, user: UserRecord) {
        guard let key = access.key(id), case .user(let name) = key.principal, let user = access.user(name) else {
            throw AccessKeyRefusal("there is no key \(id.prefix(60)) among those that this command makes")
        }
        return (key, user)
    }
}
