#if canImport(Glibc)
    import Glibc
#endif

/// Why a file or directory cannot be used: what was tried on what, and what the system said.
package struct FileError: Error, Sendable, CustomStringConvertible {
    package var description: String

    /// - Parameter code: `errno` as the system left it.
    package init(_ action: String, _ path: String, _ code: Int32) {
        description = "\(action) \(path): \(String(cString: strerror(code)))"
    }
}

/// Small files that hold secrets: readable by their owner alone, and whole or not there at all.
package enum PrivateFile {
    /// The file's text; nil if there is no such file.
    package static func read(_ path: String) throws -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw FileError("read", path, errno)
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError("read", path, errno)
            }
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += chunk[..<count]
        }
    }

    /// Replaces the file: written beside it, flushed, and put in its place by one rename.
    package static func write(_ text: String, to path: String) throws {
        let temporary = path + ".new"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileError("make", temporary, errno) }
        defer { close(descriptor) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError("write", temporary, errno)
            }
            rest = rest.dropFirst(count)
        }
        guard fsync(descriptor) == 0 else { throw FileError("flush", temporary, errno) }
        guard rename(temporary, path) == 0 else { throw FileError("rename \(temporary) to", path, errno) }
    }

    /// Makes a directory and those above it where they are not there, for their owner alone unless `permissions` say
    /// something else. A file of that name stays one.
    package static func makeDirectory(_ path: String, permissions: UInt32 = 0o700) throws {
        var prefix = ""
        for part in path.split(separator: "/") {
            prefix += "/" + part
            if mkdir(prefix, permissions) != 0, errno != EEXIST { throw FileError("make the directory", prefix, errno) }
        }
    }
}
