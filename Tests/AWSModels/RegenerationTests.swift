import Foundation
import ModelGenerator
import Testing

/// Compares what is committed with what the generator makes of the pinned model.
struct RegenerationTests {
    private static let modelPath = ProcessInfo.processInfo.environment["STEVEDORE_BOTOCORE_ECS_MODEL"]

    @Test(
        .enabled(
            if: modelPath != nil,
            "set STEVEDORE_BOTOCORE_ECS_MODEL to the decompressed service-2.json of botocore 1.43.11's ecs model"))
    func committedFilesAreWhatTheGeneratorWrites() throws {
        let path = try #require(Self.modelPath)
        let files = try Generator(
            modelData: Data(contentsOf: URL(fileURLWithPath: path)), namespace: "ECS", source: "botocore 1.43.11"
        ).files()

        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Sources/AWSModels/ECS").standardized
        let committed = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(committed == files.map(\.name).sorted())
        for file in files {
            let text = try String(contentsOf: folder.appendingPathComponent(file.name), encoding: .utf8)
            #expect(text == file.text, "\(file.name) differs: run Config/generate-models and commit the result")
        }
    }
}
