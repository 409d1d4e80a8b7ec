import Support

/// What came of asking the engine to make a container and start it.
struct ContainerStart: Hashable, Sendable {
    /// Of the container that was made, whether it then started or not.
    var id: String?
    /// What the engine said; nil if the container runs.
    var failure: String?

    init(id: String?, failure: String?) {
        self.id = id
        self.failure = failure
    }

    /// What `docker run --detach` printed: the identifier comes when the container is made.
    init(_ output: SubprocessOutput) {
        let text = String(decoding: output.standardOutput.prefix { $0 != 0x0A }, as: UTF8.self)
        id = Self.isID(text) ? text : nil
        failure = output.status.isSuccess && id != nil ? nil : String(decoding: output.standardError, as: UTF8.self)
    }

    static func isID(_ text: String) -> Bool { text.utf8.count == 64 && text.allSatisfy(\.isHexDigit) }
}
