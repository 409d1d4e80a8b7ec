#if canImport(Glibc)
    import Glibc
#endif

/// Holds a data directory for one process: the kernel lets go of it when the process ends, however it ends.
package final class DirectoryLock: Sendable {
    private let descriptor: Int32

    package enum Failure: Error, Sendable, Hashable {
        /// Another process holds it.
        case held
        case system(String)
    }

    /// Takes the lock, on a file `lock` in the directory.
    package init(directory: String) throws(Failure) {
        let path = directory + "/lock"
        let descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system("\(path): \(String(cString: strerror(errno)))") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            close(descriptor)
            throw reason == EWOULDBLOCK ? .held : .system("\(path): \(String(cString: strerror(reason)))")
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }
}
