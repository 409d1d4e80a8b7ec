/// The image of the containers that hold a namespace for a task: of its network, of its processes and IPC.
///
/// Nothing is pulled: the agent makes it out of ``PauseProgram``. Whoever wants such a container calls
/// ``ContainerRuntime/runPause(_:)``.
package enum PauseImage {
    /// The tag counts the versions of the program.
    package static let reference = "stevedore/pause:1"
    /// Of the image itself: what has it is never cleaned up.
    package static let label = "stevedore.pause"

    static let program = "/pause"

    /// What the image's configuration says, in the words of a Dockerfile.
    static let changes = ["ENTRYPOINT [\"\(program)\"]", "LABEL \(label)=1"]

    /// The root file system as a tar archive: the program, and nothing else.
    ///
    /// - Source: POSIX.1-2017, pax, "ustar Interchange Format".
    static func archive(for architecture: PauseProgram.Architecture = .current) -> [UInt8] {
        let program = PauseProgram.executable(for: architecture)
        var header = [UInt8](repeating: 0, count: blockLength)
        func put(_ text: String, at offset: Int) {
            header.replaceSubrange(offset..<(offset + text.utf8.count), with: Array(text.utf8))
        }
        put(String(Self.program.dropFirst()), at: 0)
        put("0000555\0", at: 100)  // mode
        put("0000000\0", at: 108)  // uid
        put("0000000\0", at: 116)  // gid
        put(octal(program.count, digits: 11) + " ", at: 124)
        put("00000000000 ", at: 136)  // mtime
        put("        ", at: 148)  // the checksum counts as spaces
        put("0", at: 156)  // a file
        put("ustar\u{0}00", at: 257)
        put(octal(header.reduce(0) { $0 + Int($1) }, digits: 6) + "\0 ", at: 148)
        let padding = (blockLength - program.count % blockLength) % blockLength
        return header + program + [UInt8](repeating: 0, count: padding + 2 * blockLength)
    }

    private static let blockLength = 512

    private static func octal(_ number: Int, digits: Int) -> String {
        let text = String(number, radix: 8)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}

/// The names of the containers that the agent adds to a task.
///
/// - Source: spec/ecs-runtime.md section 3.
package enum PauseContainer {
    /// Holds the network namespace of a task in network mode awsvpc.
    package static let network = "~internal~ecs~pause"
    /// Holds the process or IPC namespace that a task's containers share.
    package static let namespace = "~internal~ecs~pause~namespace"
}

extension ContainerRuntime {
    /// Runs a container of ``PauseImage``, whatever image the launch names, and makes the image if it is not here.
    ///
    /// One that this or an earlier call made and that has ended since is made anew.
    package func runPause(_ launch: ContainerLaunch) async throws(RuntimeError) -> LaunchedContainer {
        var launch = launch
        launch.image = PauseImage.reference
        var container: LaunchedContainer
        do throws(RuntimeError) {
            container = try await run(launch)
        } catch {
            guard error.code == .imageNotFound else { throw error }
            try await makePauseImage()
            container = try await run(launch)
        }
        if case .running = container.state { return container }
        try await remove(id: container.id)
        container = try await run(launch)
        return container
    }

    /// Ends a container of ``runPause(_:)`` and removes it. For podman, what joined it has to be removed first: there it
    /// has ended, and is left to be removed later. To end what is gone is no error.
    package func endPause(_ name: String) async throws(RuntimeError) {
        do throws(RuntimeError) {
            try await remove(id: name)
        } catch {
            guard error.code == .hasDependents else { throw error }
            try await stop(id: name, timeoutSeconds: 0)
        }
    }
}
