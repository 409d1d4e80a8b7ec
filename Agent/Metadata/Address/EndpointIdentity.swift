import AWSSigning
import FoundationEssentials
import Support

/// The names under which tasks find what is theirs: not to be guessed, and the same after a restart of the agent.
///
/// A container's is `TASKID-DIGITS`, where the digits are an HMAC of task and container with a secret of the data
/// directory; a task's credentials are found under a UUID made the same way.
package struct EndpointIdentity: Sendable {
    private let secret: [UInt8]

    package init(secret: [UInt8]) {
        self.secret = secret
    }

    /// Reads the secret of a data directory, or makes one.
    package static func load(directory: String) throws -> Self {
        let path = directory + "/endpoint-secret"
        if let text = try PrivateFile.read(path)?.split(separator: "\n").first,
            let secret = Hexadecimal.decode(String(text)), secret.count == 32
        {
            return Self(secret: secret)
        }
        let text = RandomSource.system.hex32() + RandomSource.system.hex32()
        try PrivateFile.write(text + "\n", to: path)
        return Self(secret: Array(Hexadecimal.decode(text) ?? []))
    }

    package func containerID(task taskArn: String, container: String) -> String {
        "\(Self.taskID(taskArn))-\(Hexadecimal.encode(Array(digest("container", taskArn, container).prefix(10))))"
    }

    /// A lowercase UUID.
    package func credentialsID(task taskArn: String) -> String {
        let digits = Array(Hexadecimal.encode(Array(digest("credentials", taskArn).prefix(16))))
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }.joined(separator: "-")
    }

    /// The container of a task that `id` stands for.
    func container(_ id: String, among names: [String], of taskArn: String) -> String? {
        names.first {
            Digest.areEqualInConstantTime(Array(id.utf8), Array(containerID(task: taskArn, container: $0).utf8))
        }
    }

    /// The task id in a container's id: what is before the last hyphen.
    static func taskID(inContainerID id: String) -> String? {
        id.lastIndex(of: "-").map { String(id[..<$0]) }
    }

    static func taskID(_ arn: String) -> String {
        arn.lastIndex(of: "/").map { String(arn[arn.index(after: $0)...]) } ?? arn
    }

    private func digest(_ parts: String...) -> [UInt8] {
        Digest.hmacSHA256(key: secret, Array(parts.joined(separator: "\0").utf8))
    }
}
