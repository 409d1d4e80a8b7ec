/// The name of an image: `[registry/]path[:tag][@digest]`.
package enum ImageReference {
    /// Whether it can be handed to a runtime. What is valid starts with a letter or digit, so it is never an option.
    ///
    /// - Source: OCI distribution specification, "Pulling manifests"; the docker reference grammar.
    package static func isValid(_ reference: String) -> Bool {
        let bytes = Array(reference.utf8)
        guard (1...512).contains(bytes.count), let first = bytes.first, isAlphanumeric(first) else { return false }
        return bytes.allSatisfy { isAlphanumeric($0) || ".-_/:@+[]".utf8.contains($0) }
    }

    /// Whether it names its content, so that what is on the host cannot be out of date.
    package static func isPinned(_ reference: String) -> Bool { reference.contains("@sha256:") }

    /// The digest that it names its content by.
    package static func digest(_ reference: String) -> String? {
        reference.firstRange(of: "@sha256:").map { String(reference[reference.index(after: $0.lowerBound)...]) }
    }

    /// The registry that has it, as docker's configuration names it.
    ///
    /// - Source: the docker reference grammar: what is before the first slash is a host if it looks like one.
    package static func registry(_ reference: String) -> String {
        let first = reference.prefix { $0 != "/" }
        guard first.utf8.count < reference.utf8.count,
            first.contains(".") || first.contains(":") || first == "localhost"
        else { return dockerHub }
        return registry(named: String(first))
    }

    /// A registry by any of the names that docker's configuration files have for it: host, or URL.
    package static func registry(named name: String) -> String {
        var host = name[...]
        for scheme in ["https://", "http://"] where host.hasPrefix(scheme) { host = host.dropFirst(scheme.count) }
        host = host.prefix { $0 != "/" }
        return ["docker.io", "index.docker.io", "registry-1.docker.io"].contains(host) ? dockerHub : String(host)
    }

    private static let dockerHub = "https://index.docker.io/v1/"

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
