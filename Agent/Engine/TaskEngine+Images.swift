import AgentJournal
import AgentProtocol
import AgentRuntime
import Support

/// Image clean-up: what the engine knows goes into a plan, and what the plan says to the runtime.
extension TaskEngine {
    func imageCleanupLoop() async {
        guard configuration.imageCleanup.isEnabled else { return }
        while true {
            _ = await cleanUpImages()
            guard (try? await clock.sleep(for: configuration.imageCleanup.interval)) != nil else { return }
        }
    }

    /// Pulls, and if the disk is full, once more after a round of clean-up that made room.
    ///
    /// - Returns: the image's digest, if the runtime says.
    func fetch(_ request: ImagePuller.Request) async throws(RuntimeError) -> String? {
        do throws(RuntimeError) {
            return try await puller.pull(request)
        } catch {
            guard error.isOutOfSpace, configuration.imageCleanup.isEnabled else { throw error }
            logger.warning("the disk is full, images are cleaned up", ["image": request.image, "error": error.message])
            guard await cleanUpImages() > 0 else { throw error }
            return try await puller.pull(request)
        }
    }

    /// One round.
    ///
    /// - Returns: how many names and images were removed.
    private func cleanUpImages() async -> Int {
        let policy = configuration.imageCleanup
        // Without anything that could go there is nothing to ask the runtime for.
        guard policy.includesUntracked || !pulledImages.names.isEmpty else { return 0 }
        do throws(RuntimeError) {
            let present = try await runtime.images()
            let uses = try await runtime.imageUses()
            // Now, after all waiting: what tasks want meanwhile counts.
            let (plan, containers) = imageCleaner.plan(
                pulled: pulledImages.candidates(uptime: uptime), present: present, uses: uses, wanted: wantedImages,
                uptime: uptime, policy: policy)
            noteRemoved(plan.missing)
            if !containers.isEmpty {
                logger.info("stopped containers that no agent made are removed", ["count": "\(containers.count)"])
                try await runtime.removeStopped(containers)
            }
            guard !plan.removals.isEmpty else {
                logger.debug("no image to clean up", ["present": "\(present.count)"])
                return 0
            }
            let gone = try await runtime.removeImages(plan.removals)
            noteRemoved(gone.filter(pulledImages.contains))
            logger.info(
                "images cleaned up",
                [
                    "removed": plan.removals.filter(gone.contains).joined(separator: " "),
                    "kept": plan.removals.filter { !gone.contains($0) }.joined(separator: " "),
                ])
            return gone.count
        } catch {
            if !Task.isCancelled { logger.warning("images not cleaned up", ["error": error.message]) }
            return 0
        }
    }

    private var wantedImages: Set<String> {
        machines.values.reduce(into: []) { $0.formUnion($1.record.assignment.containers.map(\.image)) }
    }
}
