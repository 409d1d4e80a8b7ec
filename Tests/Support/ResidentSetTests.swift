import Testing

@testable import Support

@Suite struct ResidentSetTests {
    private static let smaps = """
        55d0c8a00000-55d0c8b00000 r-xp 00001000 fe:01 1234   /usr/bin/program
        Size:               1024 kB
        Rss:                 512 kB
        Private_Dirty:       512 kB
        Anonymous:             0 kB
        Swap:                  0 kB
        VmFlags: rd ex mr mw me sd
        55d0c8b00000-55d0c8b10000 r--p 00101000 fe:01 1234   /usr/bin/program
        Rss:                  64 kB
        Anonymous:            60 kB
        Swap:                  4 kB
        55d0c8b10000-55d0c8b20000 rw-p 00111000 fe:01 1234   /usr/bin/program
        Rss:                  64 kB
        7f0000000000-7f0000100000 r--p 00000000 fe:01 99     /usr/lib/x86_64-linux-gnu/libc.so.6
        Rss:                 100 kB
        7f0000100000-7f0000200000 r--s 00000000 fe:01 77     /var/lib/data.db-shm
        Rss:                  32 kB
        7f0000300000-7f0000400000 r--p 00000000 00:00 0
        Rss:                   8 kB
        7ffc00000000-7ffc00001000 r-xp 00000000 00:00 0      [vdso]
        Rss:                   4 kB
        """

    @Test func onlyUnchangedPagesOfProgramsAndLibrariesAreLetGo() {
        let mappings = ResidentSet.mappings(smaps: Self.smaps, program: "program")
        #expect(mappings.count == 7)
        #expect(mappings.map(\.isUnwritableCode) == [true, true, false, true, false, false, false])
        #expect(mappings.map(\.changedKiB) == [0, 64, 0, 0, 0, 0, 0])
        #expect(mappings[0].start == 0x55d0_c8a0_0000 && mappings[0].end == 0x55d0_c8b0_0000)
        #expect(mappings[0].residentKiB == 512)
    }

    /// This process goes on working, with code and constants that have to be read again.
    @Test func aTrimmedProcessWorksOn() {
        #expect(ResidentSet.trim() > 0)
        #expect("\([1: "a"].mapValues { $0 + "b" })" == #"[1: "ab"]"#)
    }
}
