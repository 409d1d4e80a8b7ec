import Foundation

/// The command line: reads a model, writes the files, removes generated files that are no longer generated.
struct GeneratorCommand {
    static let usage = """
        usage: stevedore-generate-models --model FILE --namespace NAME --source TEXT --output DIR
          --model      botocore's service-2.json, decompressed
          --namespace  the Swift namespace, e.g. ECS
          --source     what the header names, e.g. "botocore 1.43.11"
          --output     the folder of the generated files
        """

    private var options: [String: String] = [:]

    init(arguments: [String]) throws {
        var rest = arguments[...]
        while let flag = rest.popFirst() {
            guard ["--model", "--namespace", "--source", "--output"].contains(flag) else {
                throw GeneratorError("unknown argument \(flag)")
            }
            guard let value = rest.popFirst() else { throw GeneratorError("\(flag) needs a value") }
            options[flag] = value
        }
    }

    private func option(_ flag: String) throws -> String {
        guard let value = options[flag] else { throw GeneratorError("\(flag) is required") }
        return value
    }

    func run() throws {
        let output = URL(fileURLWithPath: try option("--output"), isDirectory: true)
        let generator = try Generator(
            modelData: try Data(contentsOf: URL(fileURLWithPath: try option("--model"))),
            namespace: try option("--namespace"), source: try option("--source"))
        let files = try generator.files()

        try FileManager.default.createDirectory(at: output, withIntermediateDirectories: true)
        let names = Set(files.map(\.name))
        for old in try FileManager.default.contentsOfDirectory(at: output, includingPropertiesForKeys: nil)
        where old.pathExtension == "swift" && !names.contains(old.lastPathComponent) {
            let text = try String(contentsOf: old, encoding: .utf8)
            if text.hasPrefix(GeneratedFile.mark) { try FileManager.default.removeItem(at: old) }
        }
        for file in files {
            try Data(file.text.utf8).write(to: output.appendingPathComponent(file.name), options: .atomic)
        }
        print("\(try option("--namespace")): \(files.count) files in \(output.path)")
    }
}
