extension DockerOutput {
    /// The error of a failed pull.
    ///
    /// - Parameter hasCredential: whether the registry was shown one. Without one, a registry that denies an image may
    ///   as well not have it, and says so.
    static func pullError(_ text: String, hasCredential: Bool) -> RuntimeError {
        let error = error(text, code: .cannotPull)
        guard error.code == .cannotPull else { return error }
        if denials.contains(where: error.message.contains) {
            return hasCredential ? RuntimeError(code: .registryDenied, message: error.message) : error
        }
        guard transients.contains(where: error.message.contains) else { return error }
        return RuntimeError(code: .registryUnavailable, message: error.message)
    }

    private static let denials = [
        "unauthorized", "denied", "authentication required", "no basic auth credentials", "401 Unauthorized",
        "403 Forbidden",
    ]

    /// What dockerd and the Go libraries under it say when a registry is away, overloaded, or out of order.
    private static let transients = [
        "connection refused", "connection reset", "i/o timeout", "TLS handshake timeout", "Client.Timeout",
        "context deadline exceeded", "EOF", "toomanyrequests", "429 Too Many Requests", "unexpected HTTP status: 5",
        "500 Internal Server Error", "502 Bad Gateway", "503 Service Unavailable", "504 Gateway Time",
        "no route to host", "network is unreachable", "server misbehaving", "Temporary failure in name resolution",
        "broken pipe",
    ]

    /// The digest of the image's manifest, as the line `Digest: sha256:…` of a pull has it.
    static func digest(pullOutput: [UInt8]) -> String? {
        let text = String(decoding: pullOutput, as: UTF8.self)
        guard let label = text.ranges(of: "Digest: sha256:").last else { return nil }
        let digits = text[label.upperBound...].prefix(64)
        return digits.utf8.count == 64 && digits.allSatisfy(\.isHexDigit) ? "sha256:\(digits)" : nil
    }
}
