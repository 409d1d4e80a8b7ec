#if canImport(Glibc)
    import Glibc
#endif

/// How many files and sockets this process may have open at once.
package enum OpenFileLimit {
    /// Raises the soft limit to the hard one. The usual soft limit, 1024, is for programs that still use `select`.
    ///
    /// - Returns: the limit that holds from then on.
    @discardableResult
    package static func raise() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        let hard = limit.rlim_max
        let soft = limit.rlim_cur
        limit.rlim_cur = hard
        let isRaised = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
        return Int(clamping: isRaised ? hard : soft)
    }
}
