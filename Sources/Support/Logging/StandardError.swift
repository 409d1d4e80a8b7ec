#if canImport(Glibc)
    import Glibc
#endif

extension Logger {
    /// Writes a line to standard error in one `write`, so that lines of several threads do not mix.
    ///
    /// A line that cannot be written is lost: there is nowhere left to say so, and logging must not stop the work.
    @Sendable package static func standardError(_ line: String) {
        var line = line
        line.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let written = write(STDERR_FILENO, rest.baseAddress, rest.count)
                if written > 0 {
                    rest = UnsafeRawBufferPointer(rebasing: rest[written...])
                } else if errno != EINTR {
                    return
                }
            }
        }
    }
}
