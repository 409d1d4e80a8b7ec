/// The program of pause containers: it does nothing until it is told to stop, and takes in the children of processes
/// that share its process namespace.
///
/// It is small enough to be written out here, so that no image has to be pulled and no compiler is needed on a host:
/// a static ELF executable of one segment, with nothing but system calls in it.
/// ```
///        rt_sigprocmask(SIG_BLOCK, {SIGINT, SIGTERM, SIGCHLD}, 0, 8)
/// await: switch rt_sigtimedwait({SIGINT, SIGTERM, SIGCHLD}, 0, 0, 8)
///          error:    goto await
///          SIGCHLD:  while wait4(-1, 0, WNOHANG, 0) > 0 {}; goto await
///          others:   exit_group(0)
/// ```
/// The signals are blocked rather than handled: of process 1 the kernel ignores what is neither.
enum PauseProgram {
    enum Architecture: Sendable, CaseIterable {
        case x86_64, arm64

        static var current: Self {
            #if arch(arm64)
                .arm64
            #else
                .x86_64
            #endif
        }

        /// - Source: the ELF specification's `e_machine`: EM_X86_64 and EM_AARCH64.
        fileprivate var machine: UInt16 {
            switch self {
            case .x86_64: 62
            case .arm64: 183
            }
        }
    }

    private static let headersLength: UInt64 = 64 + 56
    private static let loadAddress: UInt64 = 0x40_0000

    /// The executable file.
    ///
    /// - Source: System V ABI, "ELF Header" and "Program Header".
    static func executable(for architecture: Architecture) -> [UInt8] {
        let code = code(for: architecture)
        let length = headersLength + UInt64(code.count)
        var file = ByteWriter()
        file.append([0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0])  // ELF, 64 bits, little-endian
        file.append(UInt16(2))  // e_type: an executable
        file.append(architecture.machine)
        file.append(UInt32(1))  // e_version
        file.append(loadAddress + headersLength)  // e_entry: the code starts behind the headers
        file.append(UInt64(64))  // e_phoff
        file.append(UInt64(0))  // e_shoff: no sections
        file.append(UInt32(0))  // e_flags
        file.append(UInt16(64))  // e_ehsize
        file.append(UInt16(56))  // e_phentsize
        file.append(UInt16(1))  // e_phnum
        file.append([0, 0, 0, 0, 0, 0])  // e_shentsize, e_shnum, e_shstrndx
        file.append(UInt32(1))  // p_type: to be loaded
        file.append(UInt32(5))  // p_flags: readable and executable
        file.append(UInt64(0))  // p_offset: all of the file
        file.append(loadAddress)  // p_vaddr
        file.append(loadAddress)  // p_paddr
        file.append(length)  // p_filesz
        file.append(length)  // p_memsz
        file.append(UInt64(0x1_0000))  // p_align: the largest page that there is
        file.append(code)
        return file.bytes
    }

    /// What the assembler makes of the program above, and the set of signals behind it.
    private static func code(for architecture: Architecture) -> [UInt8] {
        var code = ByteWriter()
        switch architecture {
        case .x86_64:
            code.append([
                0x31, 0xFF,  //                                   xor  edi, edi             SIG_BLOCK
                0x48, 0x8D, 0x35, 0x57, 0x00, 0x00, 0x00,  //     lea  rsi, [rip+signals]
                0x31, 0xD2,  //                                   xor  edx, edx
                0x41, 0xBA, 0x08, 0x00, 0x00, 0x00,  //           mov  r10d, 8
                0xB8, 0x0E, 0x00, 0x00, 0x00,  //                 mov  eax, 14              rt_sigprocmask
                0x0F, 0x05,  //                                   syscall
                0x48, 0x8D, 0x3D, 0x41, 0x00, 0x00, 0x00,  // await:  lea  rdi, [rip+signals]
                0x31, 0xF6,  //                                   xor  esi, esi
                0x31, 0xD2,  //                                   xor  edx, edx
                0x41, 0xBA, 0x08, 0x00, 0x00, 0x00,  //           mov  r10d, 8
                0xB8, 0x80, 0x00, 0x00, 0x00,  //                 mov  eax, 128             rt_sigtimedwait
                0x0F, 0x05,  //                                   syscall
                0x85, 0xC0,  //                                   test eax, eax
                0x78, 0xE4,  //                                   js   await
                0x83, 0xF8, 0x11,  //                             cmp  eax, 17              SIGCHLD
                0x74, 0x09,  //                                   je   reap
                0x31, 0xFF,  //                                   xor  edi, edi
                0xB8, 0xE7, 0x00, 0x00, 0x00,  //                 mov  eax, 231             exit_group
                0x0F, 0x05,  //                                   syscall
                0xBF, 0xFF, 0xFF, 0xFF, 0xFF,  // reap:           mov  edi, -1
                0x31, 0xF6,  //                                   xor  esi, esi
                0xBA, 0x01, 0x00, 0x00, 0x00,  //                 mov  edx, 1               WNOHANG
                0x45, 0x31, 0xD2,  //                             xor  r10d, r10d
                0xB8, 0x3D, 0x00, 0x00, 0x00,  //                 mov  eax, 61              wait4
                0x0F, 0x05,  //                                   syscall
                0x85, 0xC0,  //                                   test eax, eax
                0x7F, 0xE6,  //                                   jg   reap
                0xEB, 0xBA,  //                                   jmp  await
                0x90, 0x90,  //                                   nop; nop
            ])
        case .arm64:
            let instructions: [UInt32] = [
                0xD280_0000,  //        mov  x0, 0           SIG_BLOCK
                0x1000_0361,  //        adr  x1, signals
                0xD280_0002,  //        mov  x2, 0
                0xD280_0103,  //        mov  x3, 8
                0xD280_10E8,  //        mov  x8, 135         rt_sigprocmask
                0xD400_0001,  //        svc  0
                0x1000_02C0,  // await: adr  x0, signals
                0xD280_0001,  //        mov  x1, 0
                0xD280_0002,  //        mov  x2, 0
                0xD280_0103,  //        mov  x3, 8
                0xD280_1128,  //        mov  x8, 137         rt_sigtimedwait
                0xD400_0001,  //        svc  0
                0x7100_441F,  //        cmp  w0, 17          SIGCHLD
                0x5400_00A0,  //        b.eq reap
                0x37FF_FF00,  //        tbnz w0, 31, await
                0xD280_0000,  //        mov  x0, 0
                0xD280_0BC8,  //        mov  x8, 94          exit_group
                0xD400_0001,  //        svc  0
                0x9280_0000,  // reap:  mov  x0, -1
                0xD280_0001,  //        mov  x1, 0
                0xD280_0022,  //        mov  x2, 1           WNOHANG
                0xD280_0003,  //        mov  x3, 0
                0xD280_2088,  //        mov  x8, 260         wait4
                0xD400_0001,  //        svc  0
                0x7100_001F,  //        cmp  w0, 0
                0x54FF_FF2C,  //        b.gt reap
                0x17FF_FFEC,  //        b    await
                0xD503_201F,  //        nop
            ]
            for instruction in instructions { code.append(instruction) }
        }
        // signals: SIGINT, SIGTERM and SIGCHLD, a bit each, from signal 1 on.
        code.append([2, 15, 17].reduce(UInt64(0)) { set, signal in set | 1 << UInt64(signal - 1) })
        return code.bytes
    }
}

/// Bytes in the order of both architectures: the least significant first.
private struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ more: [UInt8]) { bytes += more }

    mutating func append(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
    }
}
