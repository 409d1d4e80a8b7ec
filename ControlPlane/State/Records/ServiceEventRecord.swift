package import FoundationEssentials

/// One line of a service's `events`: a record of its own, so that saying something writes that and no more.
package struct ServiceEventRecord: Sendable, Hashable {
    package internal(set) var service: ServiceID
    /// Grows with every event.
    package let sequence: Int
    package let message: String
    let uuid: CompactText
    let time: Moment

    package var id: String { uuid.string ?? "" }
    package var createdAt: Date { time.date ?? Date(timeIntervalSince1970: 0) }

    init(service: ServiceID, sequence: Int, id: CompactText, createdAt: Moment, message: String) {
        self.service = service
        self.sequence = sequence
        self.message = message
        uuid = id
        time = createdAt
    }
}
