package import FoundationEssentials
import SQLite

/// An image that the agent pulled.
package struct PulledImage: Sendable, Hashable {
    /// As task definitions have it.
    package var name: String
    /// The first time, since it last was not on the host.
    package var pulledAt: Date
    /// When the last task that named it was forgotten.
    package var usedAt: Date

    package init(name: String, pulledAt: Date, usedAt: Date) {
        self.name = name
        self.pulledAt = pulledAt
        self.usedAt = usedAt
    }

    static func all(in database: Database) throws -> [PulledImage] {
        try database.query("SELECT image, pulled_at, used_at FROM pulled_images ORDER BY image") { row in
            PulledImage(
                name: row.text(0) ?? "", pulledAt: Date(timeIntervalSince1970: row.double(1)),
                usedAt: Date(timeIntervalSince1970: row.double(2)))
        }
    }

    /// To be called inside a transaction.
    static func write(_ batch: Journal.Batch, to database: Database) throws {
        // In this order: what was removed may have been pulled again since, and never the other way round.
        for name in batch.removedImages {
            try database.run("DELETE FROM pulled_images WHERE image = ?", [.text(name)])
        }
        for image in batch.pulledImages {
            try database.run(
                "INSERT OR IGNORE INTO pulled_images VALUES (?, ?, ?)",
                [
                    .text(image.name), .real(image.pulledAt.timeIntervalSince1970),
                    .real(image.usedAt.timeIntervalSince1970),
                ])
        }
        for (name, date) in batch.usedImages {
            try database.run(
                "UPDATE pulled_images SET used_at = ? WHERE image = ?",
                [.real(date.timeIntervalSince1970), .text(name)])
        }
    }
}
