import AWSProtocol
import ControlPlaneState
import FoundationEssentials
import Support

/// What the first start makes, and every later one finds: the root key and a join token.
///
/// The store is what counts; the files are copies for people, written again if they are gone. The join token itself is
/// kept nowhere else: losing its file means making a new one.
struct FirstStart: Sendable {
    let state: ClusterState
    let dataDirectory: String
    let region: String
    let log: Logger

    var credentialsPath: String { dataDirectory + "/credentials" }
    var joinTokenPath: String { dataDirectory + "/join-token" }

    func run() async throws {
        try await rootKey()
        try await joinToken()
    }

    private func rootKey() async throws {
        let fresh = AccessKeyRecord(
            accessKeyID: AccessKeys.newID(.system), secretAccessKey: AccessKeys.newSecret(.system), principal: .root,
            createdAt: Timestamps.toMilliseconds(Date()))
        let key = try await state.transact { tx in
            if let existing = tx.access.rootKey { return existing }
            tx.put(fresh)
            return fresh
        }
        let text = """
            [default]
            aws_access_key_id = \(key.accessKeyID)
            aws_secret_access_key = \(key.secretAccessKey)
            region = \(region)

            """
        guard try PrivateFile.read(credentialsPath) != text else { return }
        try PrivateFile.write(text, to: credentialsPath)
        log.info("root key written", ["file": credentialsPath])
    }

    private func joinToken() async throws {
        if let text = try PrivateFile.read(joinTokenPath) {
            let digest = Self.digest(String(text.prefix { !$0.isNewline }))
            if state.peek({ $0.access.joinToken(sha256: digest) != nil }) { return }
        }
        let token = AccessKeys.newJoinToken(.system)
        try PrivateFile.write(token + "\n", to: joinTokenPath)
        let record = JoinTokenRecord(tokenSHA256: Self.digest(token), createdAt: Timestamps.toMilliseconds(Date()))
        try await state.transact { tx in tx.put(record) }
        log.info("join token written", ["file": joinTokenPath])
    }

    /// Lowercase hexadecimal SHA-256, as ``JoinTokenRecord`` keeps it.
    @Sendable static func digest(_ token: String) -> String { Hexadecimal.encode(Digest.sha256(Array(token.utf8))) }
}
