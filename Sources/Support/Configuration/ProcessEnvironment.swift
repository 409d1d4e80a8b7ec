#if canImport(Glibc)
    import Glibc
#endif

/// The environment that this process was started with.
package enum ProcessEnvironment {
    /// Read once, before anything could change it.
    package static let variables: [String: String] = {
        var variables: [String: String] = [:]
        var pointer = environ
        while let entry = pointer.pointee {
            let text = String(cString: entry)
            if let equals = text.firstIndex(of: "=") {
                variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            pointer += 1
        }
        return variables
    }()
}

/// Reads configuration files for ``CommandLineReader``.
package enum ConfigurationFile {
    /// The file's text; nil if there is none.
    ///
    /// - Throws: ``ConfigurationError`` if it is there and cannot be read.
    package static func read(_ path: String) throws(ConfigurationError) -> String? {
        do { return try PrivateFile.read(path) } catch { throw .configuration("\(error)") }
    }
}
