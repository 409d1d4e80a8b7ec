package import FoundationEssentials

/// One line of a service's `events`: a record of its own, so that saying something writes that and no more.
package struct ServiceEventRecord: StoredRecord, Hashable {
    package static let kind = "serviceEvent"
    package static let version = 1
    package var storeKey: String { SequenceKey.text(sequence) }

    package var service: ServiceID
    /// Grows with every event.
    package var sequence: Int
    /// A UUID.
    package var id: String
    package var createdAt: Date
    package var message: String

    package init(service: ServiceID, sequence: Int, id: String, createdAt: Date, message: String) {
        self.service = service
        self.sequence = sequence
        self.id = id
        self.createdAt = createdAt
        self.message = message
    }
}
