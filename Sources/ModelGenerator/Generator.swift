package import Foundation

/// Writes Swift for one service model. The output depends on the input alone: everything is sorted by name, but enum
/// values and an operation's errors, whose order is the model's.
package struct Generator {
    let namespace: String
    let source: String
    let model: ServiceModel
    let types: TypeMap

    /// - Parameters:
    ///   - modelData: the text of a service-2.json.
    ///   - namespace: the Swift namespace and file name prefix, e.g. "ECS".
    ///   - source: named in each file's header, e.g. "botocore 1.43.11".
    package init(modelData: Data, namespace: String, source: String) throws {
        self.namespace = namespace
        self.source = source
        do {
            model = try JSONDecoder().decode(ServiceModel.self, from: modelData)
        } catch let error as DecodingError {
            throw GeneratorError("\(namespace): the model cannot be read: \(error)")
        }
        guard model.metadata.protocol == "json" else {
            throw GeneratorError("\(namespace): the protocol \(model.metadata.protocol) is not supported")
        }
        types = try TypeMap(model)
    }

    package func files() throws -> [GeneratedFile] {
        try [serviceFile(), operationsFile(), enumsFile()] + patternFiles() + structureFiles()
    }

    func file(_ part: String?, imports: [String] = [], _ body: [String]) -> GeneratedFile {
        let name = part.map { "\(namespace)+\($0).swift" } ?? "\(namespace).swift"
        return GeneratedFile(name: name, source: source, imports: imports, body: body)
    }

    // MARK: Structures

    /// Consecutive structures of the alphabet share a file until it has this many lines, so that no file takes long to
    /// compile or to read. Structures with the same first word stay together: a new one then changes one file.
    private static let linesPerFile = 900

    private func structureFiles() throws -> [GeneratedFile] {
        let emitter = try StructureEmitter(model: model, types: types)
        let byFirstWord = Dictionary(grouping: types.structures, by: SwiftNames.firstWord)
        var files: [GeneratedFile] = []
        var body: [String] = []
        var words: [String] = []

        func finish() {
            guard let first = words.first, let last = words.last else { return }
            let part = first == last ? "Structures-\(first)" : "Structures-\(first)-\(last)"
            let needsFoundation = body.contains { $0.contains("Date?") || $0.contains("Data?") || $0.contains("[Date") }
            files.append(
                file(
                    part, imports: needsFoundation ? ["package import FoundationEssentials"] : [],
                    ["extension \(namespace) {"] + body.dropFirst() + ["}"]))
            (body, words) = ([], [])
        }

        for word in byFirstWord.keys.sorted() {
            let lines = try (byFirstWord[word] ?? []).flatMap { [""] + (try emitter.lines(for: $0)) }
            if !body.isEmpty, body.count + lines.count > Self.linesPerFile { finish() }
            body += lines
            words.append(word)
        }
        finish()
        return files
    }

    private func patternFiles() throws -> [GeneratedFile] {
        guard !types.patterns.isEmpty else { return [] }
        var body = ["extension \(namespace) {", "    package enum Patterns {"]
        for (source, name) in types.patterns.sorted(by: { $0.value < $1.value }) {
            body += [
                "        static let \(name) = ShapePattern(",
                "            \(SwiftNames.literal(source)),",
                "            \(try PatternTranslator.node(for: source)))",
            ]
        }
        return [file("Patterns", body + ["    }", "}"])]
    }
}
