/// What became of a scenario: how the cluster was after the start, and after each event.
package struct ScenarioReport: Encodable, Sendable, Hashable {
    package struct Stage: Encodable, Sendable, Hashable {
        package var after: String
        package var hosts: Int
        /// How long it took until every service was steady, with all its tasks; nil if one never was.
        package var wholeAfterSeconds: Double?
        package var services: [Service]
        package var zones: [Zone]
    }

    package struct Service: Encodable, Sendable, Hashable {
        package var serviceName: String
        package var desiredCount: Int
        /// Tasks that are RUNNING, and not unhealthy, on hosts that are up.
        package var runningCount: Int
        /// How few there were in the meantime.
        package var lowestRunningCount: Int
        /// Of the PRIMARY deployment.
        package var rolloutState: String
        /// Running tasks in each availability zone that has hosts.
        package var byAvailabilityZone: [String: Int]
        /// Of each revision, how many of them.
        package var byTaskDefinition: [String: Int]
        package var mostOnOneHost: Int
        /// Why tasks have no host; none if all have one.
        package var notPlaced: [Reason] = []
        /// What the service told meanwhile, the oldest first; not of each task that came or went.
        package var events: [String]
    }

    package struct Reason: Encodable, Sendable, Hashable {
        /// ECS's, such as RESOURCE:MEMORY.
        package var reason: String
        package var hosts: Int
        /// What the nearest of these hosts lacks.
        package var nearest: String
    }

    package struct Zone: Encodable, Sendable, Hashable {
        package var availabilityZone: String
        package var hosts: Int
        /// Reserved parts of what the hosts that are up have, from 0 to 1.
        package var cpuReserved: Double
        package var memoryReserved: Double
    }

    package var stages: [Stage]

    /// Whether every task had a host at every stage.
    package var isCarried: Bool {
        stages.allSatisfy { $0.services.allSatisfy { $0.runningCount >= $0.desiredCount } }
    }

    /// For people.
    package var text: String {
        stages.map(Self.text).joined(separator: "\n")
            + (isCarried ? "\nThe cluster carries it all.\n" : "\nThe cluster does not carry it all.\n")
    }

    private static func text(_ stage: Stage) -> String {
        let whole = stage.wholeAfterSeconds.map { "all is well after \(Int($0.rounded())) s" } ?? "not all is well"
        var lines = ["\(stage.after): \(stage.hosts) hosts; \(whole)"]
        let width = max(8, stage.services.map(\.serviceName.count).max() ?? 0)
        for service in stage.services {
            let zones = service.byAvailabilityZone.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            let missing = service.desiredCount - service.runningCount
            lines.append(
                "  \(padded(service.serviceName, to: width))  \(service.runningCount) of \(service.desiredCount) running"
                    + "; \(zones.joined(separator: ", ")); at most \(service.mostOnOneHost) on a host"
                    + lowest(service, isFirst: stage.after == "start") + revisions(service))
            for event in service.events where isWorthTelling(event) {
                lines.append("  \(padded("", to: width))  \(event)")
            }
            guard missing > 0 else { continue }
            for reason in service.notPlaced {
                lines.append(
                    "  \(padded("", to: width))  \(missing) not placed: \(reason.reason) on \(reason.hosts) hosts"
                        + "; nearest \(reason.nearest)")
            }
        }
        for zone in stage.zones {
            lines.append(
                "  \(padded(zone.availabilityZone, to: width))  \(zone.hosts) hosts; reserved: CPU "
                    + "\(percent(zone.cpuReserved)), memory \(percent(zone.memoryReserved))")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func lowest(_ service: Service, isFirst: Bool) -> String {
        isFirst || service.lowestRunningCount >= service.runningCount
            ? "" : "; meanwhile \(service.lowestRunningCount) at the least"
    }

    private static func revisions(_ service: Service) -> String {
        guard service.byTaskDefinition.count > 1 else { return "" }
        let counts = service.byTaskDefinition.sorted { $0.key < $1.key }.map { "\($0.value) of \($0.key)" }
        return "; " + counts.joined(separator: ", ")
    }

    /// What is as it should be shows in the counts.
    private static func isWorthTelling(_ event: String) -> Bool {
        ["reached a steady state", "deployment completed", "AZ balanced"].allSatisfy { !event.contains($0) }
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private static func percent(_ part: Double) -> String { "\(Int((part * 100).rounded())) %" }
}
