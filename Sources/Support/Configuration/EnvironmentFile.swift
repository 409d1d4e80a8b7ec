/// The file format of systemd's `EnvironmentFile=` and of ECS's `/etc/ecs/ecs.config`: `KEY=VALUE` lines.
///
/// Empty lines and lines that start with `#` or `;` are skipped; space around key and value is dropped; a value may
/// stand in single or double quotes, in which double quotes take `\"`, `\\`, `\$` and `` \` ``. A line that ends in a
/// backslash goes on in the next one.
package enum EnvironmentFile {
    /// - Throws: ``ConfigurationError`` that names the line.
    package static func parse(_ text: String, path: String) throws(ConfigurationError) -> [(key: String, value: String)]
    {
        var entries: [(key: String, value: String)] = []
        var pending = ""
        var firstLine = 0
        for (index, rawLine) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            var line = String(rawLine)
            if line.last == "\r" { line.removeLast() }
            if pending.isEmpty { firstLine = index + 1 }
            let isComment =
                pending.isEmpty && line.drop(while: \.isWhitespace).first.map { $0 == "#" || $0 == ";" } == true
            if isComment { continue }
            if line.last == "\\" {
                pending += line.dropLast()
                continue
            }
            let whole = trimmed(pending + line)
            pending = ""
            if whole.isEmpty { continue }
            entries.append(try entry(whole, path: path, line: firstLine))
        }
        guard pending.isEmpty else {
            throw .configuration("\(path):\(firstLine): the last line ends in a backslash")
        }
        return entries
    }

    private static func entry(_ line: String, path: String, line number: Int) throws(ConfigurationError) -> (
        key: String, value: String
    ) {
        guard let equals = line.firstIndex(of: "=") else {
            throw .configuration("\(path):\(number): expected KEY=VALUE, found \"\(line.prefix(40))\"")
        }
        let key = trimmed(String(line[..<equals]))
        let isName = key.utf8.allSatisfy {
            $0 == 0x5F || (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
        }
        guard !key.isEmpty, isName else {
            throw .configuration("\(path):\(number): \"\(key.prefix(40))\" is not a variable's name")
        }
        let value = trimmed(String(line[line.index(after: equals)...]))
        guard let unquoted = unquote(value) else {
            throw .configuration("\(path):\(number): the quotes around the value of \(key) do not close")
        }
        return (key, unquoted)
    }

    private static func unquote(_ value: String) -> String? {
        guard let quote = value.first, quote == "\"" || quote == "'" else { return value }
        var out = ""
        var isEscaped = false
        var rest = value.dropFirst()
        while let character = rest.popFirst() {
            if isEscaped {
                if !"\"\\$`".contains(character) { out.append("\\") }
                out.append(character)
                isEscaped = false
            } else if character == "\\", quote == "\"" {
                isEscaped = true
            } else if character == quote {
                return rest.isEmpty ? out : nil
            } else {
                out.append(character)
            }
        }
        return nil
    }

    private static func trimmed(_ text: String) -> String {
        var text = text[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
