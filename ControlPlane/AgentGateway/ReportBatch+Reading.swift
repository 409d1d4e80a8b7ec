import AWSProtocol
package import AgentProtocol
import FoundationEssentials

/// Batches of reports, read in one pass: there are thousands a second. It takes what ``AgentCoding`` takes; what few
/// reports have is left to the decoder.
extension ReportBatch {
    package init(json: [UInt8]) throws {
        var reader = JSONReader(json)
        var version: Int?
        var instance: String?
        var session: String?
        var number: Int?
        var applied: Int?
        var reports: [TaskReport]?
        var health: InstanceHealth?
        var hasMore: Bool?
        try reader.object { name, reader in
            switch name {
            case "protocolVersion": version = try reader.readWhole()
            case "containerInstanceArn": instance = try reader.readString()
            case "sessionID": session = try reader.readString()
            case "batch": number = try reader.readWhole()
            case "appliedSequence": applied = try reader.readWhole()
            case "reports":
                var list: [TaskReport] = []
                try reader.array { reader in list.append(try TaskReport(&reader)) }
                reports = list
            case "health": health = try reader.decodedUnlessNull()
            case "hasMore": hasMore = try reader.takeNull() ? nil : try reader.readBoolean()
            default: try reader.skipValue()
            }
        }
        try reader.finish()
        guard let version, let instance, let session, let number, let applied, let reports else {
            throw MissingMember()
        }
        self.init(
            protocolVersion: version, containerInstanceArn: instance, sessionID: session, batch: number,
            appliedSequence: applied, reports: reports, health: health, hasMore: hasMore)
    }
}

private struct MissingMember: Error {}

extension TaskReport {
    fileprivate init(_ reader: inout JSONReader) throws {
        var arn: String?
        var status: Status?
        var containers: [ContainerReport]?
        var stopCode: StopCode?
        var stoppedReason: String?
        var times: (pullStart: Date?, pullStop: Date?, start: Date?, stopping: Date?, executionStop: Date?)
        try reader.object { name, reader in
            switch name {
            case "taskArn": arn = try reader.readString()
            case "status": status = try reader.value()
            case "containers":
                var list: [ContainerReport] = []
                try reader.array { reader in list.append(try ContainerReport(&reader)) }
                containers = list
            case _ where try reader.takeNull(): return
            case "stopCode": stopCode = try reader.value() as StopCode
            case "stoppedReason": stoppedReason = try reader.readString()
            case "pullStartedAt": times.pullStart = try reader.readTimestamp()
            case "pullStoppedAt": times.pullStop = try reader.readTimestamp()
            case "startedAt": times.start = try reader.readTimestamp()
            case "stoppingAt": times.stopping = try reader.readTimestamp()
            case "executionStoppedAt": times.executionStop = try reader.readTimestamp()
            default: try reader.skipValue()
            }
        }
        guard let arn, let status, let containers else { throw MissingMember() }
        self.init(
            taskArn: arn, status: status, stopCode: stopCode, stoppedReason: stoppedReason,
            pullStartedAt: times.pullStart, pullStoppedAt: times.pullStop, executionStoppedAt: times.executionStop,
            containers: containers)
        startedAt = times.start
        stoppingAt = times.stopping
    }
}

extension ContainerReport {
    fileprivate init(_ reader: inout JSONReader) throws {
        var containerName: String?
        var status: Status?
        var bindings: [PortBinding]?
        var runtimeID: String?
        var exitCode: Int?
        var reason: String?
        var health: ContainerHealth?
        var digest: String?
        try reader.object { name, reader in
            switch name {
            case "name": containerName = try reader.readString()
            case "status": status = try reader.value()
            case "networkBindings":
                var list: [PortBinding] = []
                try reader.array { reader in list.append(try reader.decoded()) }
                bindings = list
            case _ where try reader.takeNull(): return
            case "runtimeID": runtimeID = try reader.readString()
            case "exitCode": exitCode = try reader.readWhole()
            case "reason": reason = try reader.readString()
            case "health": health = try reader.value() as ContainerHealth
            case "imageDigest": digest = try reader.readString()
            default: try reader.skipValue()
            }
        }
        guard let containerName, let status, let bindings else { throw MissingMember() }
        self.init(
            name: containerName, status: status, runtimeID: runtimeID, exitCode: exitCode, reason: reason,
            networkBindings: bindings, health: health)
        imageDigest = digest
    }
}

extension JSONReader {
    fileprivate mutating func readWhole() throws -> Int { Int(try readLong()) }

    fileprivate mutating func value<Value: RawRepresentable<String>>() throws -> Value {
        guard let value = Value(rawValue: try readString()) else { throw MissingMember() }
        return value
    }

    fileprivate mutating func decoded<Value: Decodable>() throws -> Value {
        try AgentCoding.decode(Value.self, from: Data(try takeText()))
    }

    fileprivate mutating func decodedUnlessNull<Value: Decodable>() throws -> Value? {
        try takeNull() ? nil : try decoded()
    }
}
