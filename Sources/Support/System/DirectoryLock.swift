#if canImport(Glibc)
    import Glibc
#endif

/// Holds a directory for this process: two programs that write the same data would ruin it.
///
/// The kernel gives the lock up with the process, however it ends.
package final class DirectoryLock: Sendable {
    private let descriptor: Int32

    /// - Returns: nil if another process holds it.
    package init?(_ directory: String) throws {
        let path = directory + "/lock"
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileError("open", path, errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(descriptor)
            if code == EWOULDBLOCK { return nil }
            throw FileError("lock", path, code)
        }
    }

    deinit { close(descriptor) }
}
