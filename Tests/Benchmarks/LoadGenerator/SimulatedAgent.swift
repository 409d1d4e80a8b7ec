import AgentProtocol
import Glibc

/// One host: it joins, registers, holds a stream, and says of each task it is given that it runs, as the real agent does
/// but for the containers.
///
/// Two things are not the real agent's. Reports of all agents go over a few shared connections, because a process here
/// may hold 20,000 descriptors; and a batch is sent at most once in a set interval, where the real agent sends as soon
/// as the batch before is acknowledged.
final class SimulatedAgent: Connection {
    enum State { case idle, connecting, connected, waiting }

    private unowned let fleet: Fleet
    private let number: Int
    private var requests: SignedRequests?
    private(set) var instanceARN = ""
    private(set) var state = State.idle
    private var sessionID = ""
    private var appliedSequence = 0
    private var batch = 0
    private var isSending = false
    private var isReportDue = false
    private var lastBatchAt: UInt64 = 0
    private var hasHead = false
    /// Of the chunked body: what has come of the line that is not over.
    private var line: [UInt8] = []
    private var chunkLeft = 0
    /// Tasks to speak of, each once it has "started".
    private var due: [(arn: String, status: TaskReport.Status)] = []
    private var known: Set<String> = []
    private var pauseSeconds = 0.25
    private var lastHeartbeat: UInt64 = 0

    init(fleet: Fleet, number: Int, loop: EventLoop, port: UInt16) {
        self.fleet = fleet
        self.number = number
        super.init(loop: loop, port: port)
    }

    // MARK: Becoming known

    func register(_ registered: @escaping () -> Void) {
        let body = #"{"joinToken":"\#(fleet.joinToken)","cluster":"\#(fleet.cluster)"}"#
        fleet.pool.send(SignedRequests.unsigned(AgentPath.join, host: fleet.host, Array(body.utf8))) { status, body in
            guard status == 200 else { fatal("join: \(status) \(String(decoding: body, as: UTF8.self))") }
            var key = ["": ""]
            var scanner = MessageScanner(body)
            scanner.members { name, scanner in key[name] = scanner.string() }
            self.requests = SignedRequests(
                accessKeyID: key["accessKeyID"] ?? "", secretAccessKey: key["secretAccessKey"] ?? "",
                region: key["region"] ?? "", host: self.fleet.host)
            self.describe(registered)
        }
    }

    private func describe(_ registered: @escaping () -> Void) {
        guard let requests else { return }
        let bytes = requests.operation("RegisterContainerInstance", Array(fleet.registration(number).utf8))
        fleet.pool.send(bytes) { status, body in
            guard status == 200 else { fatal("register: \(status) \(String(decoding: body, as: UTF8.self))") }
            var scanner = MessageScanner(body)
            scanner.members { name, scanner in
                guard name == "containerInstance" else { return scanner.skip() }
                scanner.members { name, scanner in
                    if name == "containerInstanceArn" { self.instanceARN = scanner.string() } else { scanner.skip() }
                }
            }
            registered()
        }
    }

    // MARK: The stream

    func connect() {
        guard let requests else { return }
        state = .connecting
        guard open() else { return retry() }
        sessionID = "\(number)-\(EventLoop.now())"
        appliedSequence = 0
        batch = 0
        hasHead = false
        line = []
        chunkLeft = 0
        let arn = instanceARN.split(separator: ":", omittingEmptySubsequences: false).joined(separator: "%3A")
            .split(separator: "/").joined(separator: "%2F")
        let query =
            "\(StreamQuery.containerInstanceArn)=\(arn)&\(StreamQuery.protocolVersion)=\(AgentProtocolVersion.current)"
            + "&\(StreamQuery.sessionID)=\(sessionID)"
        send(requests.request("GET", AgentPath.stream, query, []))
    }

    override func lost() {
        close()
        retry()
    }

    /// The back-off of the real agent: a quarter of a second, half as long again each time up to 30 s, ±20 %.
    private func retry() {
        if state == .connected { fleet.disconnected() }
        state = .waiting
        let pause = pauseSeconds * Double.random(in: 0.8...1.2)
        pauseSeconds = min(pauseSeconds * 1.5, 30)
        loop.after(nanoseconds: UInt64(pause * 1e9)) { self.connect() }
    }

    override func received() {
        if !hasHead {
            guard let end = endOfHead() else { return }
            guard status() == 200 else {
                fleet.refused(.stream, status())
                return lost()
            }
            hasHead = true
            taken = end
        }
        while taken < input.count {
            if chunkLeft > 0 {
                let count = min(chunkLeft, input.count - taken)
                // The last two bytes of what is left are the chunk's own CR LF.
                let body = max(0, min(count, chunkLeft - 2))
                line.append(contentsOf: input[taken..<(taken + body)])
                taken += count
                chunkLeft -= count
                takeLines()
            } else {
                guard let end = input[taken...].firstIndex(of: 0x0A) else { return }
                let size = input[taken..<end].reduce(0) {
                    $1 == 0x0D ? $0 : $0 * 16 + Int($1 <= 0x39 ? $1 & 15 : ($1 & 15) + 9)
                }
                taken = end + 1
                if size == 0 { return lost() }
                chunkLeft = size + 2
            }
        }
    }

    private func takeLines() {
        while let end = line.firstIndex(of: 0x0A) {
            take(line[..<end])
            line.removeFirst(end + 1)
        }
    }

    private func take(_ message: ArraySlice<UInt8>) {
        var scanner = MessageScanner(message)
        scanner.members { name, scanner in
            switch name {
            case "hello":
                state = .connected
                pauseSeconds = 0.25
                fleet.connected()
                scanner.members { name, scanner in
                    if name == "heartbeatIntervalSeconds" {
                        fleet.heartbeatSeconds = scanner.integer()
                    } else {
                        scanner.skip()
                    }
                }
                // Hosts that start together do not speak together.
                let first = Double.random(in: 0...Double(fleet.heartbeatSeconds))
                let session = sessionID
                loop.after(nanoseconds: UInt64(first * 1e9)) { self.heartbeat(session) }
            case "assignments": apply(&scanner)
            default: scanner.skip()
            }
        }
    }

    private func apply(_ scanner: inout MessageScanner) {
        var starting: [String] = []
        scanner.members { name, scanner in
            switch name {
            case "sequence": appliedSequence = scanner.integer()
            case "removedTaskArns": scanner.elements { known.remove($0.string()) }
            case "tasks":
                scanner.elements { scanner in
                    var arn = ""
                    var isStopping = false
                    scanner.members { name, scanner in
                        switch name {
                        case "taskArn": arn = scanner.string()
                        case "desiredStatus": isStopping = scanner.string() == "STOPPED"
                        default: scanner.skip()
                        }
                    }
                    if isStopping {
                        due.append((arn, .stopped))
                    } else if known.insert(arn).inserted {
                        starting.append(arn)
                    }
                }
            default: scanner.skip()
            }
        }
        fleet.assigned += starting.count
        let delay = fleet.startDelaySeconds * Double.random(in: 0.5...1.5)
        loop.after(nanoseconds: UInt64(delay * 1e9)) {
            self.due += starting.map { ($0, .running) }
            self.reportSoon()
        }
    }

    // MARK: Reports

    private func heartbeat(_ session: String) {
        guard session == sessionID, state == .connected else { return }
        if EventLoop.now() - lastBatchAt >= UInt64(fleet.heartbeatSeconds) * 900_000_000 { sendBatch() }
        loop.after(nanoseconds: UInt64(fleet.heartbeatSeconds) * 1_000_000_000) { self.heartbeat(session) }
    }

    private func reportSoon() {
        guard !isReportDue, !due.isEmpty, state == .connected else { return }
        isReportDue = true
        let earliest = lastBatchAt + UInt64(fleet.reportIntervalSeconds * 1e9)
        loop.at(max(earliest, EventLoop.now())) {
            self.isReportDue = false
            self.sendBatch()
        }
    }

    private func sendBatch() {
        guard state == .connected, !isSending, let requests else { return }
        isSending = true
        lastBatchAt = EventLoop.now()
        batch += 1
        // As many as the real agent's: Session.Limits.reportsPerBatch.
        let sent = Array(due.prefix(50))
        due.removeFirst(sent.count)
        let bytes = requests.request("POST", AgentPath.reports, "", body(sent))
        fleet.pool.send(bytes) { status, body in
            self.isSending = false
            guard status == 200 else {
                self.due = sent + self.due
                if status != 0 { self.fleet.refused(.report, status) }
                self.loop.after(nanoseconds: 500_000_000) { self.reportSoon() }
                return
            }
            self.fleet.reported += sent.count
            self.reportSoon()
        }
    }

    private func body(_ reports: [(arn: String, status: TaskReport.Status)]) -> [UInt8] {
        var text =
            #"{"protocolVersion":\#(AgentProtocolVersion.current),"containerInstanceArn":"\#(instanceARN)","#
            + #""sessionID":"\#(sessionID)","batch":\#(batch),"appliedSequence":\#(appliedSequence),"reports":["#
        let now = Clock.seconds()
        for (index, report) in reports.enumerated() {
            if index > 0 { text += "," }
            let id = report.arn.suffix(32)
            text += #"{"taskArn":"\#(report.arn)","status":"\#(report.status.rawValue)","#
            text += #""pullStartedAt":\#(now - 0.5),"pullStoppedAt":\#(now - 0.25),"containers":["#
            text += #"{"name":"main","status":"\#(report.status.rawValue)","runtimeID":"\#(id)\#(id)","#
            text += #""imageDigest":"sha256:\#(fleet.imageDigest)","networkBindings":[]}]}"#
        }
        return Array((text + "]}").utf8)
    }
}
