/// What docker's command line says of images, and of what was removed.
extension DockerOutput {
    private static let none = "<none>"

    /// A line for each name of each image.
    static func images(_ output: [UInt8]) -> [RuntimeImage] {
        var ids: [String] = []
        var names: [String: Set<String>] = [:]
        for fields in rows(output) where fields.count == 4 {
            let (id, repository, tag, digest) = (imageID(fields[0]), fields[1], fields[2], fields[3])
            if names[id] == nil {
                ids.append(id)
                names[id] = []
            }
            guard repository != none else { continue }
            if tag != none {
                names[id]?.insert("\(repository):\(tag)")
            } else if digest != none, !digest.isEmpty {
                names[id]?.insert("\(repository)@\(digest)")
            }
        }
        return ids.map { RuntimeImage(id: $0, names: (names[$0] ?? []).sorted()) }
    }

    static func imageUses(_ output: [UInt8], agentID: String) -> [ImageUse] {
        rows(output).filter { $0.count == 5 }.map { fields in
            let hasAgent = fields[3] != #""""#
            let maker: ImageUse.Maker =
                if fields[3] == "\"\(agentID)\"" { .thisAgent } else if hasAgent || fields[4] != #""""# {
                    .otherAgent
                } else { .somethingElse }
            return ImageUse(
                containerID: fields[0], imageID: imageID(fields[1]),
                isStopped: ["exited", "dead", "stopped"].contains(fields[2]), maker: maker)
        }
    }

    /// Which of them went, when not all did: docker says `Untagged: NAME` and `Deleted: ID`.
    static func removedImages(_ references: [String], standardOutput: [UInt8]) -> Set<String> {
        var gone: Set<String> = []
        for line in lines(standardOutput) {
            for prefix in ["Untagged: ", "Deleted: "] where line.hasPrefix(prefix) {
                gone.insert(ImageReference.canonical(imageID(line.dropFirst(prefix.count))))
            }
        }
        return Set(references.filter { gone.contains(ImageReference.canonical($0)) })
    }

    /// Which containers of a removal that failed are still there: those that it names neither as removed nor as gone.
    static func notRemoved(
        _ ids: [String], standardOutput: [UInt8], standardError: [UInt8]
    ) -> [String: RuntimeError] {
        let removed = Set(lines(standardOutput))
        let complaints = lines(standardError)
        var left: [String: RuntimeError] = [:]
        for id in ids where !removed.contains(id) {
            let error = error(complaints.first { $0.contains(id) } ?? complaints.joined(separator: "\n"), code: .failed)
            if error.code != .noSuchContainer { left[id] = error }
        }
        return left
    }

    /// Some commands write the algorithm in front of it, and others do not.
    private static func imageID(_ text: some StringProtocol) -> String {
        text.hasPrefix("sha256:") ? String(text.dropFirst("sha256:".count)) : String(text)
    }

    private static func lines(_ output: [UInt8]) -> [String] {
        output.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func rows(_ output: [UInt8]) -> [[String]] {
        lines(output).map { $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init) }
    }
}
