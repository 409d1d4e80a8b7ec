import Foundation

let command: GeneratorCommand
do {
    command = try GeneratorCommand(arguments: Array(CommandLine.arguments.dropFirst()))
} catch {
    FileHandle.standardError.write(Data("\(error)\n\(GeneratorCommand.usage)\n".utf8))
    exit(64)
}
do {
    try command.run()
} catch {
    FileHandle.standardError.write(Data("\(error)\n".utf8))
    exit(1)
}
