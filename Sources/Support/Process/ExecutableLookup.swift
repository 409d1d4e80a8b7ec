#if canImport(Glibc)
    import Glibc
#endif

package enum ExecutableLookup {
    /// Where a program is: `name` itself if it has a slash in it, else the first executable file of that name in the
    /// directories of `searchPath`, which is a value of PATH.
    ///
    /// - Returns: nil if there is none.
    package static func find(_ name: String, searchPath: String) -> String? {
        if name.contains("/") { return access(name, X_OK) == 0 ? name : nil }
        return searchPath.split(separator: ":")
            .map { "\($0)/\(name)" }
            // A relative entry would depend on the working directory.
            .first { $0.hasPrefix("/") && access($0, X_OK) == 0 }
    }
}
