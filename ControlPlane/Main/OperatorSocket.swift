import Support

#if canImport(Glibc)
    import Glibc
#endif

/// Where commands reach the control plane that runs on this machine: a socket in its data directory, for its user alone.
///
/// The name of a socket has room for 107 bytes. A directory with a longer name is opened first, and the socket named
/// through that.
struct OperatorSocket: ~Copyable {
    private static let name = "operator.sock"
    private static let nameLimit = 107

    /// To bind or to connect to, while this lives.
    let path: String
    private let directory: Int32?

    init(dataDirectory: String) throws(FileError) {
        let plain = dataDirectory + "/" + Self.name
        if plain.utf8.count <= Self.nameLimit {
            path = plain
            directory = nil
            return
        }
        let descriptor = open(dataDirectory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("open the directory", dataDirectory, errno) }
        path = "/proc/self/fd/\(descriptor)/\(Self.name)"
        directory = descriptor
    }

    deinit {
        if let directory { close(directory) }
    }
}
