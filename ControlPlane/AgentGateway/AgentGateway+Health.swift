import AgentProtocol
import ControlPlaneState
import Support

extension AgentGateway {
    /// Keeps what a host says of its container runtime. It is said with every batch, and written when it is another.
    func note(_ health: InstanceHealth?, of instance: ContainerInstanceRecord) async throws {
        guard let health else { return }
        let now = now()
        let record = RuntimeHealthRecord(
            isImpaired: health.status == .impaired, reason: health.reason.map { String($0.prefix(Self.reasonLength)) },
            changedAt: Timestamps.toMilliseconds(health.since), updatedAt: now)
        guard !record.says(sameAs: instance.runtimeHealth) else { return }
        do {
            try await state.transact { tx in
                guard var instance = tx.containerInstances[instance.id], instance.status != .inactive else { return }
                instance.runtimeHealth = record
                tx.put(instance)
            }
        } catch {
            throw StoreError("\(error)")
        }
        let log = log.with(["containerInstance": instance.id.rawValue])
        if record.isImpaired {
            log.warning("container runtime impaired", ["reason": record.reason ?? ""])
        } else {
            log.info("container runtime in order")
        }
    }

    private static let reasonLength = 512
}
