import CLinux

#if canImport(Glibc)
    import Glibc
#endif

/// The pages of this process that are in memory.
package enum ResidentSet {
    /// Lets go of the pages of programs and libraries that were only needed to get here.
    ///
    /// Starting reads much that is never looked at again: the dynamic linker goes through the symbols of thirty
    /// libraries, and the kernel maps fifteen neighbours with every page. What is needed again comes back from the page
    /// cache. Only mappings of programs and libraries are touched, which stay where they are as long as the process
    /// lives, and of these only such that cannot be written to and have no page changed: dropping a page that the
    /// linker has written to would undo its relocations. Memory that was freed goes back to the kernel as well.
    ///
    /// - Returns: the bytes of files whose pages were dropped; 0 if the kernel does not say what is mapped.
    @discardableResult
    package static func trim() -> Int {
        malloc_trim(0)
        var dropped = 0
        for mapping in mappings() where mapping.isUnwritableCode && mapping.changedKiB == 0 {
            guard let start = UnsafeMutableRawPointer(bitPattern: mapping.start),
                madvise(start, Int(mapping.end - mapping.start), MADV_DONTNEED) == 0
            else { continue }
            dropped += mapping.residentKiB * 1024
        }
        return dropped
    }

    struct Mapping: Equatable {
        var start: UInt
        var end: UInt
        /// Part of a program or library, private, and without write permission.
        var isUnwritableCode: Bool
        var residentKiB = 0
        /// Copies of pages that are this process's own, in memory or swapped out.
        var changedKiB = 0
    }

    private static func mappings() -> [Mapping] {
        guard let text = try? PrivateFile.read("/proc/self/smaps"),
            let program = CommandLine.arguments.first?.split(separator: "/").last
        else { return [] }
        return mappings(smaps: text, program: String(program))
    }

    /// - Parameters:
    ///   - smaps: `/proc/PID/smaps`, proc(5).
    ///   - program: the name of the program's own file.
    static func mappings(smaps: String, program: String) -> [Mapping] {
        var mappings: [Mapping] = []
        for line in smaps.split(separator: "\n") {
            let words = line.split(separator: " ", omittingEmptySubsequences: true)
            if let mapping = mapping(words, program) {
                mappings.append(mapping)
            } else if words.count >= 2, !mappings.isEmpty, let kibibytes = Int(words[1]) {
                switch words[0] {
                case "Rss:": mappings[mappings.count - 1].residentKiB = kibibytes
                case "Anonymous:", "Swap:":
                    mappings[mappings.count - 1].changedKiB += kibibytes
                default: break
                }
            }
        }
        return mappings
    }

    /// `55d0c8a00000-55d0c8b00000 r-xp 00001000 fe:01 1234   /usr/bin/program`
    private static func mapping(_ words: [Substring], _ program: String) -> Mapping? {
        let bounds = words.first?.split(separator: "-") ?? []
        guard words.count >= 5, bounds.count == 2, let start = UInt(bounds[0], radix: 16),
            let end = UInt(bounds[1], radix: 16), start < end
        else { return nil }
        let file = words.count == 6 ? words[5] : ""
        let isCode = file.contains(".so") || file.hasSuffix("/\(program)")
        return Mapping(
            start: start, end: end,
            isUnwritableCode: isCode && words[1].hasPrefix("r-") && words[1].hasSuffix("p"))
    }
}
