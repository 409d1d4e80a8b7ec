package import AgentProtocol

/// A report with the version of the record that it shows: acknowledging it acknowledges that version.
package struct OutgoingReport: Sendable, Hashable {
    package var report: TaskReport
    package var version: Int

    package init(report: TaskReport, version: Int) {
        self.report = report
        self.version = version
    }
}
