import AWSSigning
import CEpoll
import Glibc

/// Builds whole requests, signed with SigV4. The derived key is kept for the day.
final class SignedRequests {
    private let accessKeyID: String
    private let region: String
    private let host: String
    private let key: SigV4.SigningKey
    private let day: String

    init(accessKeyID: String, secretAccessKey: String, region: String, host: String) {
        self.accessKeyID = accessKeyID
        self.region = region
        self.host = host
        day = Clock.timestamp().day
        key = SigV4.SigningKey(secretAccessKey: secretAccessKey, day: day, region: region, service: "ecs")
    }

    func operation(_ name: String, _ body: [UInt8]) -> [UInt8] {
        request("POST", "/", "", target: "AmazonEC2ContainerServiceV20141113.\(name)", body)
    }

    /// - Parameter query: sorted by name, and encoded.
    func request(_ method: String, _ path: String, _ query: String, target: String? = nil, _ body: [UInt8]) -> [UInt8] {
        let date = Clock.timestamp().description
        let signed = target == nil ? "host;x-amz-date" : "host;x-amz-date;x-amz-target"
        var canonical = "\(method)\n\(path)\n\(query)\nhost:\(host)\nx-amz-date:\(date)\n"
        if let target { canonical += "x-amz-target:\(target)\n" }
        canonical += "\n\(signed)\n\(Hexadecimal.encode(Digest.sha256(body)))"
        let scope = "\(day)/\(region)/ecs/\(SigV4.terminator)"
        let text = SigV4.stringToSign(timestamp: date, scope: scope, canonicalRequest: Array(canonical.utf8))
        let signature = Hexadecimal.encode(key.signature(of: text))
        var head =
            "\(method) \(path)\(query.isEmpty ? "" : "?")\(query) HTTP/1.1\r\nHost: \(host)\r\nX-Amz-Date: \(date)\r\n"
        if let target { head += "X-Amz-Target: \(target)\r\nContent-Type: application/x-amz-json-1.1\r\n" }
        head += "Authorization: \(SigV4.algorithm) Credential=\(accessKeyID)/\(scope), SignedHeaders=\(signed), "
        head += "Signature=\(signature)\r\nContent-Length: \(body.count)\r\n\r\n"
        return Array(head.utf8) + body
    }

    static func unsigned(_ path: String, host: String, _ body: [UInt8]) -> [UInt8] {
        Array(
            "POST \(path) HTTP/1.1\r\nHost: \(host)\r\nContent-Type: application/json\r\nContent-Length: \(body.count)\r\n\r\n"
                .utf8) + body
    }
}

enum Clock {
    static func timestamp() -> SigV4.Timestamp { SigV4.Timestamp(epochSeconds: time(nil)) }

    /// Seconds since 1970.
    static func seconds() -> Double {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
    }
}
