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

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
