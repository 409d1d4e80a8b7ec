import AgentEngine
import AgentProtocol
import AgentRuntime
import Foundation
import Testing

@testable import AgentResources

@Suite struct EnvironmentFilesTests {
    @Test(arguments: [
        ("A=1\nB=2", ["A=1", "B=2"]), ("# A=1\n#B=2\n\n  \nC=3\n", ["C=3"]), ("A=1\r\nB=2\r\n", ["A=1", "B=2"]),
        ("A=\"x y\" # no comment\nB='z'", ["A=\"x y\" # no comment", "B='z'"]), ("A=b=c=\n", ["A=b=c="]),
        ("A=\n=B\nC\n=\n", []), ("A=1\nA=2", ["A=2"]), (" A = b ", [" A = b "]), ("", []),
    ]) func theFormat(text: String, expected: [String]) {
        #expect(EnvironmentFileFormat.variables(text).map { "\($0.name)=\($0.value)" } == expected)
    }

    /// A directory that may be read, `allowed`, and things around it.
    private struct Folder: ~Copyable {
        let path = FileManager.default.temporaryDirectory.appending(path: "stevedore-env-\(UUID())").path

        init() throws {
            let files = FileManager.default
            try files.createDirectory(atPath: "\(path)/allowed/sub", withIntermediateDirectories: true)
            for (file, text) in [
                ("secret.env", "A=secret"), ("allowed/a.env", "A=a\nB=a"), ("allowed/sub/b.env", "A=b\nC=b"),
                ("allowed/latin.env", "A=\u{E9}"),
            ] {
                let bytes = file.contains("latin") ? Data([0x41, 0x3D, 0xE9]) : Data(text.utf8)
                try bytes.write(to: URL(filePath: "\(path)/\(file)"))
            }
            for (link, target) in [("file.env", "\(path)/secret.env"), ("up", path), ("inside.env", "a.env")] {
                try files.createSymbolicLink(atPath: "\(path)/allowed/\(link)", withDestinationPath: target)
            }
            try Data(repeating: 0x61, count: EnvironmentFiles.limitBytes + 1).write(
                to: URL(filePath: "\(path)/allowed/large.env"))
            _ = mkfifo("\(path)/allowed/pipe.env", 0o600)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    private static func read(_ files: [String], directory: String) async -> Result<[String], ResourceError> {
        var configuration = ResourceConfiguration()
        configuration.environmentFilesDirectory = directory
        var web = container("web")
        web.environmentFiles = files
        do throws(ResourceError) {
            let contribution = try await EnvironmentFiles(configuration: configuration).contribution(
                to: web, of: assignment("1", [web]))
            #expect(contribution.overrides.isEmpty)
            var last: [String: String] = [:]
            for variable in contribution.defaults { last[variable.name] = variable.value }
            return .success(last.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })
        } catch {
            return .failure(error)
        }
    }

    @Test func theFirstFileWins() async throws {
        let folder = try Folder()
        let files = ["file://\(folder.path)/allowed/a.env", "file://\(folder.path)/allowed/./sub//b.env"]
        #expect(await Self.read(files, directory: "\(folder.path)/allowed/") == .success(["A=a", "B=a", "C=b"]))
        #expect(await Self.read([], directory: "/nowhere") == .success([]))
    }

    @Test(arguments: [
        ("/secret.env", "it is not in"), ("/allowed/../secret.env", "it is not in"),
        ("/allowed/sub/../a.env", "it is not in"), ("/allowed", "it is not in"), ("/allowedly/a.env", "it is not in"),
        ("/allowed/file.env", "Too many levels of symbolic links (symbolic links are not followed)"),
        ("/allowed/inside.env", "Too many levels of symbolic links (symbolic links are not followed)"),
        ("/allowed/up/secret.env", "Not a directory (symbolic links are not followed)"),
        ("/allowed/absent.env", "No such file or directory"), ("/allowed/sub", "it is no regular file"),
        ("/allowed/pipe.env", "it is no regular file"), ("/allowed/large.env", "it has more than 1048576 bytes"),
        ("/allowed/latin.env", "it is not text in UTF-8"),
    ]) func whatMayNotBeReadIsNot(file: String, why: String) async throws {
        let folder = try Folder()
        guard
            case .failure(let error) = await Self.read(
                ["file://\(folder.path)\(file)"], directory: "\(folder.path)/allowed")
        else {
            Issue.record("it was read")
            return
        }
        #expect(
            error.reason.hasPrefix(
                "ResourceInitializationError: unable to read the environment file file://\(folder.path)\(file): \(why)")
        )
    }

    @Test(arguments: ["http://127.0.0.1:1/a.env", "ftp://h/a.env", "http:// /a.env"])
    func whatCannotBeFetchedIsSaid(url: String) async {
        guard case .failure(let error) = await Self.read([url], directory: "/nowhere") else {
            Issue.record("it was read")
            return
        }
        #expect(error.reason.hasPrefix("ResourceInitializationError: unable to read the environment file \(url): "))
    }
}
