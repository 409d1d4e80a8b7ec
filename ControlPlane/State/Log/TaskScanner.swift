import Placement

#if canImport(Glibc)
    import Glibc
#endif

/// Reads a task exactly as ``TaskCoding`` writes one that has nothing unusual. A start reads every task, and this takes
/// a tenth of the time of looking at the members one by one. Whatever is spelled otherwise is left to that.
struct TaskScanner {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    /// Nil for what is not spelled as expected, or of a launch that is not known.
    ///
    /// - Parameter instance: gives the container instance whose id has these digits.
    mutating func task(
        launch find: (LaunchRecord.ID) -> LaunchRecord?, instance: (TaskID) -> ContainerInstanceID
    ) -> TaskRecord? {
        guard take(#"{"v":2,"record":{"id":""#), let id = identifier(), take(#"","launch":""#),
            let launch = launchID().flatMap(find), take(#"","sequence":"#), let sequence = number(),
            take(#","instance":""#), let instanceID = identifier(), take(#"","status":""#),
            let status = text().flatMap({ TaskStatus(rawValue: Self.string($0)) }), take(#"""#)
        else { return nil }
        let isStopping = take(#","isStopping":true"#)
        guard take(#","version":"#), let version = number(), take(#","cpu":"#), let cpu = number(),
            take(#","memory":"#), let memory = number()
        else { return nil }
        let pullStart = take(#","pullStarted":"#) ? number() : nil
        let pullStop = take(#","pullStopped":"#) ? number() : nil
        let start = take(#","started":"#) ? number() : nil
        guard take(#","containers":["#), let containers = containers(launch.containers), take("]}}"),
            position == bytes.count
        else { return nil }
        var task = TaskRecord(
            id: id, launch: launch, sequence: sequence, containerInstance: instance(instanceID),
            containers: containers, reservation: Reservation(cpuUnits: cpu, memoryMiB: memory))
        task.lastStatus = status
        task.desiredStatus = isStopping ? .stopped : .running
        task.version = version
        task.setTimes(pullStart: Self.moment(pullStart), pullStop: Self.moment(pullStop), start: Self.moment(start))
        return task
    }

    private mutating func containers(_ launched: [LaunchedContainer]) -> [ContainerRecord]? {
        var containers: [ContainerRecord] = []
        containers.reserveCapacity(launched.count)
        for (index, launched) in launched.enumerated() {
            guard index == 0 || take(","), take(#"{"id":""#), let id = text(), take(#"","status":""#),
                let status = text().flatMap({ ContainerStatus(rawValue: Self.string($0)) }), take(#"""#)
            else { return nil }
            var container = ContainerRecord(launched: launched, id: CompactText(utf8: id))
            container.lastStatus = status
            if take(#","runtime":""#) {
                guard let text = text(), take(#"""#) else { return nil }
                container.set(runtimeID: CompactText(utf8: text))
            }
            if take(#","image":""#) {
                guard let text = text(), take(#"""#) else { return nil }
                container.set(imageDigest: CompactText(utf8: text))
            }
            guard take("}") else { return nil }
            containers.append(container)
        }
        return containers
    }

    // MARK: Pieces

    private static func moment(_ milliseconds: Int?) -> Moment { Moment(milliseconds: milliseconds.map { Int64($0) }) }

    private static func string(_ bytes: UnsafeBufferPointer<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

    private mutating func take(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard position + count <= bytes.count, let start = bytes.baseAddress,
            memcmp(start + position, text.utf8Start, count) == 0
        else { return false }
        position += count
        return true
    }

    /// Up to the closing quotation mark, which stays. Nil for one with escapes.
    private mutating func text() -> UnsafeBufferPointer<UInt8>? {
        var end = position
        while end < bytes.count, bytes[end] != UInt8(ascii: "\"") {
            if bytes[end] == UInt8(ascii: "\\") { return nil }
            end += 1
        }
        defer { position = end }
        return UnsafeBufferPointer(rebasing: bytes[position..<end])
    }

    /// Of at most eighteen digits, which nothing overflows.
    private mutating func number() -> Int? {
        let start = position
        var value = 0
        while position < bytes.count, (0x30...0x39).contains(bytes[position]), position - start < 18 {
            value = value * 10 + Int(bytes[position] & 15)
            position += 1
        }
        return position > start ? value : nil
    }

    private mutating func hexadecimal(_ count: Int) -> UInt64? {
        guard position + count <= bytes.count else { return nil }
        var value: UInt64 = 0
        for byte in bytes[position..<(position + count)] {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt64(byte & 15)
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt64(byte &- 87)
            default: return nil
            }
        }
        position += count
        return value
    }

    private mutating func identifier() -> TaskID? {
        guard let high = hexadecimal(16), let low = hexadecimal(16) else { return nil }
        return TaskID(high: high, low: low)
    }

    private mutating func launchID() -> LaunchRecord.ID? {
        hexadecimal(12).map { LaunchRecord.ID(sequence: Int($0), isOwn: take("o")) }
    }
}
