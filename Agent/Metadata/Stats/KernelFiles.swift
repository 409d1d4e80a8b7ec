#if canImport(Glibc)
    import Glibc
#endif

/// Where the files of /proc and /sys/fs/cgroup come from: the kernel's own, or a test's.
///
/// They have no size to read by and are short, so each is read to its end at once.
struct KernelFiles: Sendable {
    /// Nil for what cannot be read.
    let read: @Sendable (_ path: String) -> String?
    let exists: @Sendable (_ path: String) -> Bool
    /// The names of the directories in one; none if there is no such directory.
    let directories: @Sendable (_ path: String) -> [String]

    static let system = KernelFiles(
        read: Self.text, exists: { access($0, F_OK) == 0 }, directories: Self.directories)

    func number(_ path: String) -> UInt64? { read(path)?.lines.first.flatMap { $0.words.first }.flatMap { UInt64($0) } }

    /// Lines of a name and a number.
    func table(_ path: String) -> [String: UInt64]? {
        guard let text = read(path) else { return nil }
        var table: [String: UInt64] = [:]
        for line in text.lines {
            let words = line.words
            if words.count == 2, let value = UInt64(words[1]) { table[String(words[0])] = value }
        }
        return table
    }

    private static func directories(_ path: String) -> [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            guard entry.pointee.d_type == UInt8(DT_DIR) else { continue }
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    private static func text(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var isWhole = false
        while !isWhole {
            let start = bytes.count
            bytes.append(contentsOf: repeatElement(0, count: max(4096, start)))
            let count = bytes.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress?.advanced(by: start), $0.count - start)
            }
            guard count >= 0 else { return nil }
            bytes.removeSubrange((start + count)...)
            isWhole = count == 0
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

// Cut by bytes: the kernel writes ASCII, and to look for the bounds of characters takes several times as long.
extension String {
    var lines: [Substring] { utf8.split(separator: UInt8(ascii: "\n")).map { Substring($0) } }
}

extension Substring {
    var words: [Substring] { words(by: " ") }

    func words(by separator: Unicode.Scalar) -> [Substring] {
        utf8.split(separator: UInt8(ascii: separator)).map { Substring($0) }
    }
}
