import FoundationEssentials

/// What a registry wants to see before it gives an image away. It describes itself without what it says.
package struct RegistryCredential: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
    /// User name and password with a colon between them, in Base64.
    package var authorization: String
    /// Instead of a password, from a registry that gives tokens.
    package var identityToken: String?

    package init(authorization: String, identityToken: String? = nil) {
        self.authorization = authorization
        self.identityToken = identityToken
    }

    package init(username: String, password: String) {
        self.init(authorization: Data("\(username):\(password)".utf8).base64EncodedString())
    }

    package var description: String { "a registry credential" }
    package var debugDescription: String { description }
}

/// How docker's command line is given a credential without it touching the disk, a command line or a `docker login`.
///
/// A directory of configuration whose `config.json` is a link to `/dev/stdin`: what the CLI reads there is a file in the
/// memory of its own process. The directory itself says nothing and may stay.
enum RegistryLogin {
    private struct Configuration: Encodable {
        struct Entry: Encodable {
            var auth: String
            var identitytoken: String?
        }
        var auths: [String: Entry]
    }

    /// The text of a `config.json` that has this credential and nothing else.
    static func configuration(_ credential: RegistryCredential, for image: String) throws(RuntimeError) -> [UInt8] {
        let entry = Configuration.Entry(auth: credential.authorization, identitytoken: credential.identityToken)
        do {
            return Array(try JSONEncoder().encode(Configuration(auths: [ImageReference.registry(image): entry])))
        } catch {
            throw RuntimeError(code: .registryDenied, message: "the registry credential cannot be written as JSON")
        }
    }

    /// Makes the directory, where it is not there already.
    static func prepare(_ directory: String) throws(RuntimeError) {
        let file = directory + "/config.json"
        let manager = FileManager.default
        if (try? manager.destinationOfSymbolicLink(atPath: file)) == "/dev/stdin" { return }
        do {
            try manager.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            if manager.fileExists(atPath: file) { try manager.removeItem(atPath: file) }
            try manager.createSymbolicLink(atPath: file, withDestinationPath: "/dev/stdin")
        } catch {
            // Two pulls may begin at once, and then one finds the link there.
            if (try? manager.destinationOfSymbolicLink(atPath: file)) == "/dev/stdin" { return }
            throw RuntimeError(code: .cannotPull, message: "\(directory): \(error)")
        }
    }
}
