import CLinux
import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// A child in a session and process group of its own, with default signals and no descriptor of ours but its three.
///
/// Whoever spawns it calls ``waitForExit()`` once, which reaps it.
final class ChildProcess: Sendable {
    private struct State {
        var isReaped = false
        var isBeingTerminated = false
    }

    private let processID: pid_t
    private let exitDescriptor: Descriptor
    private let state = Mutex(State())
    let standardOutput: Descriptor
    let standardError: Descriptor

    private init(processID: pid_t, exitDescriptor: Descriptor, standardOutput: Descriptor, standardError: Descriptor) {
        self.processID = processID
        self.exitDescriptor = exitDescriptor
        self.standardOutput = standardOutput
        self.standardError = standardError
    }

    /// Starting a program blocks for a millisecond or so: it is done on a thread of Dispatch.
    ///
    /// - Parameter hasTerminal: whether its standard output is a terminal instead of a pipe.
    static func spawn(
        _ command: SubprocessCommand, hasTerminal: Bool = false
    ) async throws(SubprocessError) -> ChildProcess {
        let result: Result<ChildProcess, SubprocessError> = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(
                    returning: Result { () throws(SubprocessError) in
                        try spawnBlocking(command, hasTerminal: hasTerminal)
                    })
            }
        }
        return try result.get()
    }

    private static func spawnBlocking(
        _ command: SubprocessCommand, hasTerminal: Bool
    ) throws(SubprocessError) -> ChildProcess {
        func failure(_ step: String, _ code: Int32) -> SubprocessError {
            SubprocessError(
                code: .cannotStart, message: "start \(command.executable): \(step): \(String(cString: strerror(code)))")
        }
        let environment = command.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let words = [command.executable] + command.arguments
        // C ends a string at its first NUL: what the child would see is not what was asked for.
        guard !(words + environment).contains(where: { $0.utf8.contains(0) }) else {
            throw failure("an argument or environment value with a NUL byte in it", EINVAL)
        }

        let (outputReader, outputWriter) = try hasTerminal ? terminal(failure) : pipe(failure)
        let (errorReader, errorWriter) = try pipe(failure)
        let input = try standardInput(command.standardInput, failure)

        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        var code = posix_spawn_file_actions_init(&actions)
        guard code == 0 else { throw failure("posix_spawn_file_actions_init", code) }
        defer { posix_spawn_file_actions_destroy(&actions) }
        code = posix_spawnattr_init(&attributes)
        guard code == 0 else { throw failure("posix_spawnattr_init", code) }
        defer { posix_spawnattr_destroy(&attributes) }

        var allSignals = sigset_t()
        var noSignals = sigset_t()
        sigfillset(&allSignals)
        sigemptyset(&noSignals)
        let steps: [(String, Int32)] = [
            ("standard input", posix_spawn_file_actions_adddup2(&actions, input.raw, STDIN_FILENO)),
            ("standard output", posix_spawn_file_actions_adddup2(&actions, outputWriter.raw, STDOUT_FILENO)),
            ("standard error", posix_spawn_file_actions_adddup2(&actions, errorWriter.raw, STDERR_FILENO)),
            ("other descriptors", stevedore_close_from(&actions, STDERR_FILENO + 1)),
            ("default signals", posix_spawnattr_setsigdefault(&attributes, &allSignals)),
            ("signal mask", posix_spawnattr_setsigmask(&attributes, &noSignals)),
            ("flags", posix_spawnattr_setflags(&attributes, stevedore_spawn_flags())),
        ]
        for (step, code) in steps where code != 0 { throw failure(step, code) }

        var processID: pid_t = 0
        code = withCStrings(words) { argv in
            withCStrings(environment) { envp in
                posix_spawn(&processID, command.executable, &actions, &attributes, argv, envp)
            }
        }
        guard code == 0 else { throw failure("posix_spawn", code) }

        let handle = stevedore_pidfd_open(processID)
        guard handle >= 0 else {
            let reason = errno
            // Without a handle nobody would ever wait for it: it has to go, and now.
            kill(-processID, SIGKILL)
            var status: Int32 = 0
            while waitpid(processID, &status, 0) < 0, errno == EINTR {}
            throw failure("pidfd_open", reason)
        }
        return ChildProcess(
            processID: processID, exitDescriptor: Descriptor(handle), standardOutput: outputReader,
            standardError: errorReader)
    }

    /// Waits, whether the task is cancelled or not, until the child ended, and reaps it and no other.
    func waitForExit() async -> SubprocessStatus {
        // A task of its own: a wait in a cancelled task would come back at once, again and again.
        await Task { [self] in
            while true {
                if let status = reap() { return status }
                _ = await exitDescriptor.waitUntilReadable()
            }
        }.value
    }

    private func reap() -> SubprocessStatus? {
        state.withLock { state in
            var information = siginfo_t()
            while stevedore_wait_pidfd(exitDescriptor.raw, &information, WEXITED | WNOHANG) != 0 {
                // Only a child of ours that nobody else may reap can be here: anything but EINTR is a broken invariant.
                precondition(errno == EINTR, "waitid: \(errno)")
            }
            guard stevedore_siginfo_pid(&information) != 0 else { return nil }
            state.isReaped = true
            let value = stevedore_siginfo_status(&information)
            return stevedore_siginfo_code(&information) == CLD_EXITED ? .exited(value) : .signaled(value)
        }
    }

    /// Asks the child's whole group to end, and ends it when it has not within `grace`.
    func terminate(grace: DispatchTimeInterval = .seconds(2)) {
        let isFirst = state.withLock { state in
            defer { state.isBeingTerminated = true }
            return !state.isBeingTerminated
        }
        guard isFirst else { return }
        signalGroup(SIGTERM)
        DispatchQueue.global().asyncAfter(deadline: .now() + grace) { [self] in signalGroup(SIGKILL) }
    }

    private func signalGroup(_ signal: Int32) {
        state.withLock { state in
            // Before it is reaped, its id belongs to it and to no one else.
            guard !state.isReaped else { return }
            kill(-processID, signal)
        }
    }

    private static func pipe(
        _ failure: (String, Int32) -> SubprocessError
    ) throws(SubprocessError) -> (reader: Descriptor, writer: Descriptor) {
        var descriptors: [Int32] = [-1, -1]
        guard stevedore_pipe(&descriptors) == 0 else { throw failure("pipe", errno) }
        return try output(descriptors, failure)
    }

    private static func terminal(
        _ failure: (String, Int32) -> SubprocessError
    ) throws(SubprocessError) -> (reader: Descriptor, writer: Descriptor) {
        var descriptors: [Int32] = [-1, -1]
        guard stevedore_pseudo_terminal(&descriptors) == 0 else { throw failure("open a terminal", errno) }
        return try output(descriptors, failure)
    }

    private static func output(
        _ descriptors: [Int32], _ failure: (String, Int32) -> SubprocessError
    ) throws(SubprocessError) -> (reader: Descriptor, writer: Descriptor) {
        let reader = Descriptor(descriptors[0])
        let writer = try aboveStandard(Descriptor(descriptors[1]), failure)
        guard stevedore_set_nonblocking(reader.raw) == 0 else { throw failure("fcntl", errno) }
        return (reader, writer)
    }

    /// A memory file rather than a pipe: nothing to feed, no SIGPIPE, no deadlock, and it can be opened by name.
    private static func standardInput(
        _ bytes: [UInt8]?, _ failure: (String, Int32) -> SubprocessError
    ) throws(SubprocessError) -> Descriptor {
        guard let bytes else {
            let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw failure("open /dev/null", errno) }
            return try aboveStandard(Descriptor(descriptor), failure)
        }
        let raw = stevedore_memory_file("standard-input")
        guard raw >= 0 else { throw failure("memfd_create", errno) }
        let file = try aboveStandard(Descriptor(raw), failure)
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(file.raw, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                throw failure("write standard input", errno)
            }
        }
        guard lseek(file.raw, 0, SEEK_SET) == 0 else { throw failure("lseek", errno) }
        return file
    }

    /// In a process that was started without its standard descriptors a new one may be 0, 1 or 2, and the first `dup2`
    /// in the child would then overwrite the source of the next.
    private static func aboveStandard(
        _ descriptor: Descriptor, _ failure: (String, Int32) -> SubprocessError
    ) throws(SubprocessError) -> Descriptor {
        guard descriptor.raw <= STDERR_FILENO else { return descriptor }
        let raw = stevedore_duplicate_above(descriptor.raw, STDERR_FILENO + 1)
        guard raw >= 0 else { throw failure("fcntl", errno) }
        return Descriptor(raw)
    }
}

/// Calls `body` with a null-terminated array of C strings.
private func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    var pointers = strings.map { strdup($0) }
    pointers.append(nil)
    defer { for pointer in pointers { free(pointer) } }
    return pointers.withUnsafeBufferPointer { buffer in
        guard let base = buffer.baseAddress else { preconditionFailure("an array that ends in nil is not empty") }
        return body(base)
    }
}
