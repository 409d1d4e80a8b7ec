import Support

extension DockerCLI {
    package func ping() async throws(RuntimeError) {
        let output = try await call(
            .init(arguments: DockerArguments.version), slots: pings, timeout: timeouts.ping, transition: "described")
        guard output.status.isSuccess else { throw error(output, code: .failed) }
    }

    package func remove(ids: [String]) async throws(RuntimeError) -> [String: RuntimeError] {
        var left: [String: RuntimeError] = [:]
        var rest = ids[...]
        while !rest.isEmpty {
            let some = Array(rest.prefix(Limits.removed))
            rest = rest.dropFirst(some.count)
            let output = try await call(
                .init(arguments: DockerArguments.remove(some)), slots: others, timeout: timeouts.stop,
                transition: "removed")
            guard !output.status.isSuccess else { continue }
            let error = error(output, code: .failed)
            guard error.code != .unavailable else { throw error }
            left.merge(
                DockerOutput.notRemoved(
                    some, standardOutput: output.standardOutput, standardError: output.standardError)
            ) { $1 }
        }
        return left
    }

    package func images() async throws(RuntimeError) -> [RuntimeImage] {
        DockerOutput.images(try await housekeeping(DockerArguments.images, "listed"))
    }

    package func imageUses() async throws(RuntimeError) -> [ImageUse] {
        let listed = try await housekeeping(DockerArguments.listAll, "listed")
        var rest = listed.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }[...]
        var uses: [ImageUse] = []
        while !rest.isEmpty {
            let some = Array(rest.prefix(Limits.inspected))
            rest = rest.dropFirst(some.count)
            let output = try await call(
                .init(arguments: DockerArguments.inspectUses(some)), slots: housekeeping, timeout: timeouts.query,
                transition: "inspected")
            if !output.status.isSuccess {
                // Some may have gone since they were listed: the others are printed all the same.
                let error = error(output, code: .failed)
                guard error.code == .noSuchContainer else { throw error }
            }
            uses += DockerOutput.imageUses(output.standardOutput, agentID: agentID)
        }
        return uses
    }

    package func removeImages(_ references: [String]) async throws(RuntimeError) -> Set<String> {
        let output = try await call(
            .init(arguments: DockerArguments.removeImages(references)), slots: housekeeping, timeout: timeouts.stop,
            transition: "removed")
        if output.status.isSuccess { return Set(references) }
        let error = error(output, code: .failed)
        guard error.code != .unavailable else { throw error }
        return DockerOutput.removedImages(references, standardOutput: output.standardOutput)
    }

    package func removeStopped(_ ids: [String]) async throws(RuntimeError) {
        _ = try await housekeeping(DockerArguments.removeStopped(ids), "removed")
    }

    private func housekeeping(_ arguments: [String], _ transition: String) async throws(RuntimeError) -> [UInt8] {
        let output = try await call(
            .init(arguments: arguments), slots: housekeeping, timeout: timeouts.query, transition: transition)
        guard output.status.isSuccess else { throw error(output, code: .failed) }
        return output.standardOutput
    }
}
