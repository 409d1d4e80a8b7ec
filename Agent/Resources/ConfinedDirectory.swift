#if canImport(Glibc)
    import Glibc
#endif

/// A directory of the host out of which files may be read, and nothing that is not in it: who names a file here is not
/// who may read every file of the host.
struct ConfinedDirectory: Sendable {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    let path: String
    let limitBytes: Int

    /// The content of a regular file.
    ///
    /// No symbolic link is followed on the way from the directory to the file, so that there is none that leads out of
    /// it, and none that is put in place while we look.
    ///
    /// - Parameter file: an absolute path.
    func read(_ file: String) throws(Failure) -> [UInt8] {
        let below = Self.components(path)
        let components = Self.components(file)
        guard components.starts(with: below), components.count > below.count, !components.contains("..") else {
            throw Failure(description: "it is not in \(path), the only directory that this host gives such files from")
        }
        var descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure(errno) }
        for (index, component) in components.enumerated().dropFirst(below.count) {
            let isLast = index == components.count - 1
            // Without O_NONBLOCK a named pipe would make us wait for a writer.
            let next = openat(
                descriptor, component, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | (isLast ? O_NONBLOCK : O_DIRECTORY))
            let code = errno
            close(descriptor)
            guard next >= 0 else { throw Self.failure(code) }
            descriptor = next
        }
        defer { close(descriptor) }
        return try content(descriptor)
    }

    private func content(_ descriptor: Int32) throws(Failure) -> [UInt8] {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.failure(errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw Failure(description: "it is no regular file") }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count == 0 { return bytes }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw Self.failure(errno)
            }
            bytes += chunk[..<count]
            guard bytes.count <= limitBytes else { throw Failure(description: "it has more than \(limitBytes) bytes") }
        }
    }

    private static func components(_ path: String) -> [String] {
        path.split(separator: "/").map { String($0) }.filter { $0 != "." }
    }

    private static func failure(_ code: Int32) -> Failure {
        // What a link that must not be followed gives: ELOOP for a file, ENOTDIR for a directory.
        let isLink = code == ELOOP || code == ENOTDIR
        return Failure(
            description: String(cString: strerror(code)) + (isLink ? " (symbolic links are not followed)" : ""))
    }
}
