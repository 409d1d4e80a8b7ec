import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#endif

/// The identity of a data directory, in a file of its own: it outlives a journal that had to be set aside, so that the
/// agent still knows its containers by their label.
package enum AgentIdentity {
    /// Reads it, or makes one.
    package static func load(directory: String) throws -> String {
        let path = directory + "/agent-id"
        if FileManager.default.fileExists(atPath: path) {
            let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
            let id = text.split(whereSeparator: \.isWhitespace).first.map(String.init) ?? ""
            if UUID(uuidString: id) != nil { return id }
        }
        let id = UUID().uuidString.lowercased()
        try write(id + "\n", to: path)
        return id
    }

    /// On disk under its name when this returns: a new file, flushed, renamed, and the directory flushed.
    private static func write(_ text: String, to path: String) throws {
        let temporary = path + ".new"
        let file = open(temporary, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure("open", temporary) }
        defer { close(file) }
        let bytes = Array(text.utf8)
        guard Glibc.write(file, bytes, bytes.count) == bytes.count else { throw failure("write", temporary) }
        guard fsync(file) == 0 else { throw failure("fsync", temporary) }
        guard rename(temporary, path) == 0 else { throw failure("rename", temporary) }
        let directory = open(String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.endIndex)), O_RDONLY | O_CLOEXEC)
        guard directory >= 0 else { throw failure("open the directory of", path) }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw failure("fsync the directory of", path) }
    }

    private static func failure(_ call: String, _ path: String) -> JournalError {
        JournalError(message: "\(call) \(path): \(String(cString: strerror(errno)))")
    }
}
