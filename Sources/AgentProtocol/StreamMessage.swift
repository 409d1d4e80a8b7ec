/// One line of the stream that goes down to an agent.
///
/// On the wire an object with one member, named after the case: `{"hello":{…}}`. A message whose name an agent does
/// not know decodes to `unknown`, and is skipped: a newer control plane may talk to an older agent.
package enum StreamMessage: Sendable, Hashable {
    /// The first line of every stream.
    case hello(SessionHello)
    case assignments(AssignmentMessage)
    case network(NetworkMessage)
    /// Comes before the assignment of the first task that needs it, and again whenever something in it has changed.
    case credentials(CredentialsMessage)
    /// Sent when nothing else was, so that a dead connection is noticed.
    case ping
    /// The last line: why the control plane ends this stream.
    case close(SessionClose)
    case unknown(String)
}

/// How this session is to go.
package struct SessionHello: Codable, Sendable, Hashable {
    package var protocolVersion: Int
    /// Seconds between two batches at most; an agent with nothing to say sends an empty one.
    package var heartbeatIntervalSeconds: Int
    /// Seconds between two lines of the stream at most; an agent that hears nothing for three times as long reconnects.
    package var pingIntervalSeconds: Int
    /// A secret of this session's, for each ``SignOfLife``; nil where none is listened for.
    package var signKey: String?

    package init(
        protocolVersion: Int = AgentProtocolVersion.current, heartbeatIntervalSeconds: Int, pingIntervalSeconds: Int,
        signKey: String? = nil
    ) {
        self.protocolVersion = protocolVersion
        self.heartbeatIntervalSeconds = heartbeatIntervalSeconds
        self.pingIntervalSeconds = pingIntervalSeconds
        self.signKey = signKey
    }
}

/// What should run on this host: first the whole set, then what changed since the message before.
package struct AssignmentMessage: Codable, Sendable, Hashable {
    /// 1 for the complete set of a session, then one more each time. An agent that sees a gap opens a new stream.
    package var sequence: Int
    /// Whether `tasks` is all there is: what the agent has besides is to be stopped.
    package var isComplete: Bool
    package var tasks: [TaskAssignment]
    /// Tasks the control plane has seen STOPPED and has no more to say about. Empty in a complete set.
    package var removedTaskArns: [String]

    package init(sequence: Int, isComplete: Bool, tasks: [TaskAssignment], removedTaskArns: [String] = []) {
        self.sequence = sequence
        self.isComplete = isComplete
        self.tasks = tasks
        self.removedTaskArns = removedTaskArns
    }
}

/// Where in the VPC the tasks of other hosts are: first all of it, before the first assignments, then what changed.
package struct NetworkMessage: Codable, Sendable, Hashable {
    /// A block of addresses that is one host's.
    package struct Slice: Codable, Sendable, Hashable {
        package var cidr: String
        /// Where to send what is for it; nil if its host has not said.
        package var hostAddress: String?

        package init(cidr: String, hostAddress: String?) {
            self.cidr = cidr
            self.hostAddress = hostAddress
        }
    }

    /// Whether `slices` is all there is.
    package var isComplete: Bool
    package var vpcCIDR: String
    package var slices: [Slice]
    /// Slices that no other host has any more. Empty in a complete message.
    package var removedCIDRs: [String]

    package init(isComplete: Bool, vpcCIDR: String, slices: [Slice], removedCIDRs: [String] = []) {
        self.isComplete = isComplete
        self.vpcCIDR = vpcCIDR
        self.slices = slices
        self.removedCIDRs = removedCIDRs
    }
}

/// Why a stream ends, and what the agent should do about it.
package struct SessionClose: Codable, Sendable, Hashable {
    package enum Reason: String, Codable, Sendable, Hashable {
        /// A newer stream of the same instance took over.
        case replaced
        /// The instance was deregistered (or never was here): register anew.
        case inactive
        /// The control plane stops, or sheds load: reconnect with back-off.
        case goingAway
    }

    package var reason: Reason
    package var message: String

    package init(reason: Reason, message: String) {
        self.reason = reason
        self.message = message
    }
}

extension StreamMessage: Codable {
    private struct Name: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { return nil }
    }

    private struct Empty: Codable {}

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Name.self)
        guard let name = container.allKeys.first, container.allKeys.count == 1 else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "a stream message has exactly one member"))
        }
        switch name.stringValue {
        case "hello": self = .hello(try container.decode(SessionHello.self, forKey: name))
        case "assignments": self = .assignments(try container.decode(AssignmentMessage.self, forKey: name))
        case "network": self = .network(try container.decode(NetworkMessage.self, forKey: name))
        case "credentials": self = .credentials(try container.decode(CredentialsMessage.self, forKey: name))
        case "ping": self = .ping
        case "close": self = .close(try container.decode(SessionClose.self, forKey: name))
        default: self = .unknown(name.stringValue)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Name.self)
        switch self {
        case .hello(let hello): try container.encode(hello, forKey: Name("hello"))
        case .assignments(let message): try container.encode(message, forKey: Name("assignments"))
        case .network(let message): try container.encode(message, forKey: Name("network"))
        case .credentials(let message): try container.encode(message, forKey: Name("credentials"))
        case .ping: try container.encode(Empty(), forKey: Name("ping"))
        case .close(let close): try container.encode(close, forKey: Name("close"))
        case .unknown(let name): try container.encode(Empty(), forKey: Name(name))
        }
    }
}
