package import ControlPlaneState
package import FoundationEssentials
package import Support
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// The credentials of roles that an administrator put into files, `NAME.json` for the role of this name.
///
/// A file has what `aws sts assume-role` prints, or the members of its `Credentials` alone; a static key has neither
/// SessionToken nor Expiration. A file that has changed is read again when it is asked for next.
package final class RoleFiles: RoleCredentialsProvider {
    /// What tells one content of a file from another without reading it.
    private struct Stamp: Hashable {
        var seconds: Int
        var nanoseconds: Int
        var size: Int
        var inode: UInt

        init?(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            seconds = status.st_mtim.tv_sec
            nanoseconds = status.st_mtim.tv_nsec
            size = Int(status.st_size)
            inode = UInt(status.st_ino)
        }
    }

    private let directory: String
    private let log: Logger
    private let files = Mutex<[String: (stamp: Stamp, credentials: RoleCredentials?)]>([:])

    package init(directory: String, log: Logger) {
        self.directory = directory
        self.log = log
    }

    package func credentials(ofRole role: String, at now: Date) -> RoleCredentials? {
        let name = Self.name(ofRole: role)
        let path = "\(directory)/\(name).json"
        let found = files.withLock { files -> RoleCredentials? in
            guard let stamp = Stamp(path) else {
                files[name] = nil
                return nil
            }
            if let known = files[name], known.stamp == stamp { return known.credentials }
            let credentials = read(path)
            files[name] = (stamp, credentials)
            return credentials
        }
        return found.flatMap { $0.expiration.map { now < $0 } ?? true ? $0 : nil }
    }

    /// The last part of an ARN, or the name itself.
    static func name(ofRole role: String) -> String {
        role.lastIndex(of: "/").map { String(role[role.index(after: $0)...]) } ?? role
    }

    private func read(_ path: String) -> RoleCredentials? {
        do {
            guard let text = try PrivateFile.read(path) else { return nil }
            return try Self.parse(text)
        } catch let error as FileError {
            log.warning("a role's credentials cannot be read", ["file": path, "error": "\(error)"])
        } catch {
            // What it says may have values in it.
            log.warning(
                "a role's credentials cannot be read",
                ["file": path, "error": "no JSON with AccessKeyId, SecretAccessKey, SessionToken and Expiration"])
        }
        return nil
    }

    private struct File: Decodable {
        struct Members: Decodable {
            var AccessKeyId: String
            var SecretAccessKey: String
            var SessionToken: String?
            var Token: String?
            var Expiration: String?
        }
        var Credentials: Members?
    }

    private struct NoDate: Error {}

    static func parse(_ text: String) throws -> RoleCredentials {
        let data = Data(text.utf8)
        let members =
            try JSONDecoder().decode(File.self, from: data).Credentials
            ?? JSONDecoder().decode(File.Members.self, from: data)
        return RoleCredentials(
            accessKeyID: members.AccessKeyId, secretAccessKey: members.SecretAccessKey,
            sessionToken: members.SessionToken ?? members.Token ?? "", expiration: try members.Expiration.map(date))
    }

    /// UTC, as STS and the AWS tools write it: `2026-01-31T12:34:56Z`, also with `+00:00`.
    private static func date(_ text: String) throws -> Date {
        let zone = text.dropFirst(19).drop { $0 == "." || $0.isNumber }
        guard zone == "Z" || zone == "+00:00" else { throw NoDate() }
        return try Date("\(text.prefix(19))Z", strategy: .iso8601)
    }
}
