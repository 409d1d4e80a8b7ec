import Dispatch
import FoundationEssentials
import Support

#if canImport(Glibc)
    import Glibc
#endif

/// Secrets in a directory: `secretsmanager/NAME` and `ssm/NAME`, a file each, for their owner alone.
///
/// What is no letter, digit, `_` or `-` in a name is written as `%XX` in its file's, so that no name leads out of the
/// directory and none looks like a file that is just being written. A line break at the end of a file is not part of the
/// value: editors and `echo` put one there.
package struct FileSecrets: SecretProvider {
    /// Of Secrets Manager's `SecretString`, in bytes.
    package static let maximumValueBytes = 65_536
    /// A file system's for one name, less what ``PrivateFile`` adds while it writes.
    private static let maximumFileNameBytes = 250

    private let directory: String

    /// - Parameter directory: made, with mode 0700, by whoever first puts something into it.
    package init(directory: String) {
        self.directory = directory
    }

    // MARK: - Reading

    package func value(of reference: SecretLocator) async throws(SecretError) -> String {
        let result: Result<String, SecretError> = await withCheckedContinuation { continuation in
            // A disk may take its time: not on a thread of Swift's pool.
            DispatchQueue.global().async {
                continuation.resume(returning: Result { () throws(SecretError) in try read(reference) })
            }
        }
        let text = try result.get()
        guard let key = reference.jsonKey else { return text }
        return try SecretText.member(key, of: text, reference)
    }

    private func read(_ reference: SecretLocator) throws(SecretError) -> String {
        for name in [reference.name, Self.withoutSuffix(reference)].compactMap({ $0 }) {
            guard let path = path(reference.service, name) else { continue }
            let text: String?
            do { text = try PrivateFile.read(path) } catch {
                throw .unreadable(reference, "\(error)")
            }
            guard var text else { continue }
            guard text.utf8.count <= Self.maximumValueBytes else {
                throw .unreadable(reference, "\(reference.name) is longer than \(Self.maximumValueBytes) bytes")
            }
            if text.utf8.last == 0x0A { text = String(decoding: text.utf8.dropLast(), as: UTF8.self) }
            return text
        }
        throw .notFound(reference)
    }

    /// `NAME` of `NAME-xxxxxx`: Secrets Manager ends each secret's ARN like that, and nobody puts it here by that.
    private static func withoutSuffix(_ reference: SecretLocator) -> String? {
        let name = reference.name.utf8
        guard reference.service == .secretsManager, name.count > 7, name.suffix(6).allSatisfy(isAlphanumeric),
            name.dropLast(6).last == UInt8(ascii: "-")
        else { return nil }
        return String(name.dropLast(7))
    }

    // MARK: - Administration

    /// Keeps a value from now on, in place of an earlier one.
    package func put(_ value: String, at reference: SecretLocator) throws {
        // U+FFFD is what bytes that are no UTF-8 were read as.
        guard value.utf8.count <= Self.maximumValueBytes, !value.utf8.contains(0),
            !value.unicodeScalars.contains("\u{FFFD}")
        else {
            throw ConfigurationError.usage(
                "a secret is UTF-8 text of at most \(Self.maximumValueBytes) bytes without NUL")
        }
        guard let path = path(reference.service, reference.name) else {
            throw ConfigurationError.usage("\"\(reference.name.prefix(60))…\" is too long for a file's name")
        }
        try PrivateFile.makeDirectory("\(directory)/\(reference.service.rawValue)")
        try PrivateFile.write(value, to: path)
    }

    /// - Returns: whether there was one.
    package func remove(_ reference: SecretLocator) throws -> Bool {
        guard let path = path(reference.service, reference.name), FileManager.default.fileExists(atPath: path) else {
            return false
        }
        try FileManager.default.removeItem(atPath: path)
        return true
    }

    package func list() throws -> [SecretLocator] {
        try SecretLocator.Service.allCases.flatMap { service -> [SecretLocator] in
            let folder = "\(directory)/\(service.rawValue)"
            guard FileManager.default.fileExists(atPath: folder) else { return [] }
            return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
                .compactMap { Self.name(ofFile: $0).map { SecretLocator(service, name: $0) } }
        }
    }

    /// Whether others than the owner of the directory may look into it.
    package var isOpenToOthers: Bool {
        var status = stat()
        return stat(directory, &status) == 0 && status.st_mode & 0o077 != 0
    }

    // MARK: - Names of files

    private func path(_ service: SecretLocator.Service, _ name: String) -> String? {
        let file = Self.fileName(name)
        guard !file.isEmpty, file.utf8.count <= Self.maximumFileNameBytes else { return nil }
        return "\(directory)/\(service.rawValue)/\(file)"
    }

    static func fileName(_ name: String) -> String {
        name.utf8.reduce(into: "") { file, byte in
            if isPlain(byte) {
                file.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let hex = String(byte, radix: 16, uppercase: true)
                file += byte < 16 ? "%0\(hex)" : "%\(hex)"
            }
        }
    }

    /// - Returns: nil for a file that no secret has.
    static func name(ofFile file: String) -> String? {
        var bytes: [UInt8] = []
        var rest = file.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%") {
                guard rest.count >= 2, let value = UInt8(String(Substring(rest.prefix(2))), radix: 16) else {
                    return nil
                }
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                guard isPlain(byte) else { return nil }
                bytes.append(byte)
            }
        }
        return bytes.isEmpty ? nil : String(validating: bytes, as: UTF8.self)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
