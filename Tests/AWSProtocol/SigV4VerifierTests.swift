import Foundation
import Testing

@testable import AWSProtocol

/// What is refused, and with which of AWS's errors. Each case changes one thing about a request that is good.
struct SigV4VerifierTests {
    static let now = Date(timeIntervalSince1970: 1_772_366_400)
    static let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    typealias Headers = [(name: String, value: String)]

    /// A good request, signed by us as the golden samples prove.
    static func signed(
        date: Date = now, region: String = "us-east-1", service: String = "ecs", body: String = "{}",
        extra: Headers = []
    ) -> SigV4.Request {
        let signer = SigV4.Signer(
            credentials: .init(accessKeyID: "AKIDEXAMPLE", secretAccessKey: secret), region: region, service: service)
        let headers: Headers =
            [("Content-Type", "application/x-amz-json-1.1"), ("X-Amz-Target", "T.ListClusters")] + extra
        var request = SigV4.Request(method: "POST", path: "/", headers: headers, body: Array(body.utf8))
        request.headers +=
            [(name: "Host", value: "manager")] + signer.headers(for: request, host: "manager", date: date)
        return request
    }

    static func check(_ request: SigV4.Request, acceptsUnsignedPayload: Bool = false, secret: String = secret)
        -> AWSError?
    {
        let verifier = SigV4.Verifier(region: "us-east-1", acceptsUnsignedPayload: acceptsUnsignedPayload)
        do {
            let authorization = try verifier.authorization(of: request, service: "ecs", now: now)
            let key = SigV4.SigningKey(
                secretAccessKey: secret, day: authorization.day, region: authorization.region,
                service: authorization.service)
            try verifier.verify(request, authorization, signingKey: key)
            return nil
        } catch {
            return error
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let request: @Sendable () -> SigV4.Request
        let code: String
        let message: String

        init(_ name: String, _ code: String, _ message: String, _ request: @escaping @Sendable () -> SigV4.Request) {
            testDescription = name
            self.request = request
            self.code = code + "Exception"
            self.message = message
        }

        /// The good request with its Authorization header changed.
        init(_ name: String, _ code: String, _ message: String, authorization: @escaping @Sendable (String) -> String) {
            self.init(name, code, message) {
                var request = signed()
                for index in request.headers.indices where request.headers[index].name == "Authorization" {
                    request.headers[index].value = authorization(request.headers[index].value)
                }
                return request
            }
        }
    }

    static func without(_ name: String) -> SigV4.Request {
        var request = signed()
        request.headers.removeAll { $0.name == name }
        return request
    }

    static func with(_ change: (inout SigV4.Request) -> Void) -> SigV4.Request {
        var request = signed()
        change(&request)
        return request
    }

    static func wrongRegion(_ region: String) -> String {
        "Credential should be scoped to a valid region, not '\(region)'. This control plane serves the region "
            + "'us-east-1': sign for it, for example with AWS_DEFAULT_REGION=us-east-1 or --region us-east-1."
    }

    static let mismatch = "The request signature we calculated does not match"

    static let cases: [Case] = [
        // The header as such.
        Case("no header", "MissingAuthenticationToken", "Missing Authentication Token") { without("Authorization") },
        Case("presigned", "IncompleteSignature", "Signing by query string is not supported") {
            var request = without("Authorization")
            request.query = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=00"
            return request
        },
        Case("two headers", "IncompleteSignature", "More than one Authorization header.") {
            with { request in request.headers += request.headers.filter { $0.name == "Authorization" } }
        },
        Case("basic", "IncompleteSignature", "Unsupported algorithm", authorization: { _ in "Basic Zm9vOmJhcg==" }),
        Case("empty", "IncompleteSignature", "Unsupported algorithm", authorization: { _ in "" }),
        Case(
            "algorithm only", "IncompleteSignature",
            "Authorization header requires 'Credential' parameter. Authorization "
                + "header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter.",
            authorization: { _ in "AWS4-HMAC-SHA256" }),
        Case(
            "no signature", "IncompleteSignature", "Authorization header requires 'Signature' parameter.",
            authorization: { String($0.prefix(upTo: $0.range(of: ", Signature")!.lowerBound)) }),
        Case(
            "no equals sign", "IncompleteSignature", "'nonsense' not a valid key=value pair (missing equal-sign)",
            authorization: { $0 + ", nonsense" }),
        Case(
            "doubled parameter", "IncompleteSignature", "Duplicate parameter 'Signature'",
            authorization: { $0 + ", Signature=00" }),
        Case(
            "unknown parameter", "IncompleteSignature", "Unknown or empty parameter 'X'",
            authorization: { $0 + ", X=1" }),
        Case(
            "short credential", "IncompleteSignature", "Credential must have exactly 5 slash-delimited elements",
            authorization: { $0.replacingOccurrences(of: "/aws4_request", with: "") }),
        Case(
            "empty access key", "IncompleteSignature", "Credential must have exactly 5 slash-delimited elements",
            authorization: { $0.replacingOccurrences(of: "AKIDEXAMPLE", with: "") }),
        Case(
            "short signature", "IncompleteSignature", "The Signature parameter must be 64",
            authorization: { String($0.dropLast(2)) }),
        Case(
            "capital signature", "IncompleteSignature", "The Signature parameter must be 64",
            authorization: { String($0.dropLast(2)) + "AF" }),
        Case(
            "unsorted signed headers", "IncompleteSignature", "SignedHeaders must be lowercase",
            authorization: { $0.replacingOccurrences(of: "content-type;host", with: "host;content-type") }),
        Case(
            "capital signed header", "IncompleteSignature", "SignedHeaders must be lowercase",
            authorization: { $0.replacingOccurrences(of: ";host", with: ";Host") }),
        // The signed headers and the date.
        Case(
            "host not signed", "InvalidSignature", "'Host' or ':authority' must be a 'SignedHeader'",
            authorization: { $0.replacingOccurrences(of: ";host", with: "") }),
        Case("x-amz header not signed", "InvalidSignature", "'x-amz-security-token' must be a 'SignedHeader'") {
            with { $0.headers.append((name: "X-Amz-Security-Token", value: "stolen")) }
        },
        Case("signed header missing", "InvalidSignature", "The signed header 'content-type' is missing") {
            without("Content-Type")
        },
        Case("no date", "IncompleteSignature", "Authorization header requires existence of one 'X-Amz-Date'") {
            without("X-Amz-Date")
        },
        Case("two dates", "IncompleteSignature", "Authorization header requires existence of one 'X-Amz-Date'") {
            with { $0.headers.append((name: "x-amz-date", value: "20260301T120000Z")) }
        },
        Case("date in another form", "IncompleteSignature", "Date must be in ISO-8601 'basic format'. Got '2026-03-01")
        {
            var request = without("X-Amz-Date")
            request.headers.append((name: "X-Amz-Date", value: "2026-03-01T12:00:00Z"))
            return request
        },
        // The scope.
        Case("region", "InvalidSignature", wrongRegion("eu-west-1")) { signed(region: "eu-west-1") },
        Case("no region", "InvalidSignature", wrongRegion("")) { signed(region: "") },
        Case("capital region", "InvalidSignature", wrongRegion("US-EAST-1")) { signed(region: "US-EAST-1") },
        Case("long region", "InvalidSignature", wrongRegion(String(repeating: "r", count: 60))) {
            signed(region: String(repeating: "r", count: 5000))
        },
        Case("service", "InvalidSignature", "Credential should be scoped to correct service: 'ecs'.") {
            signed(service: "s3")
        },
        Case(
            "terminator", "InvalidSignature",
            "Credential should be scoped with a valid terminator: 'aws4_request', not 'x'.",
            authorization: { $0.replacingOccurrences(of: "aws4_request", with: "x") }),
        Case(
            "day", "InvalidSignature",
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
                + "HTTP: '20260228' != '20260301', from '20260301T120000Z'.",
            authorization: { $0.replacingOccurrences(of: "20260301", with: "20260228") }),
        // The clock: five minutes are fine, a second more is not.
        Case(
            "expired", "InvalidSignature",
            "Signature expired: 20260301T115459Z is now earlier than 20260301T115500Z "
                + "(20260301T120000Z - 5 min.)"
        ) { signed(date: now.addingTimeInterval(-301)) },
        Case(
            "not yet current", "InvalidSignature",
            "Signature not yet current: 20260301T120501Z is still later than "
                + "20260301T120500Z (20260301T120000Z + 5 min.)"
        ) { signed(date: now.addingTimeInterval(301)) },
        // What was signed is not what came.
        Case("other body", "InvalidSignature", mismatch) { with { $0.body = Array("{ }".utf8) } },
        Case("other method", "InvalidSignature", mismatch) { with { $0.method = "PUT" } },
        Case("other path", "InvalidSignature", mismatch) { with { $0.path = "/x" } },
        Case("other query", "InvalidSignature", mismatch) { with { $0.query = "a=1" } },
        Case("other target", "InvalidSignature", mismatch) {
            with { request in
                for index in request.headers.indices where request.headers[index].name == "X-Amz-Target" {
                    request.headers[index].value = "T.DeleteCluster"
                }
            }
        },
        Case("second target", "InvalidSignature", mismatch) {
            with { $0.headers.append((name: "X-Amz-Target", value: "T.DeleteCluster")) }
        },
        Case(
            "other access key's secret", "InvalidSignature", mismatch,
            authorization: {
                String($0.dropLast(64)) + String(repeating: "0", count: 64)
            }),
        Case(
            "claimed hash of another body", "InvalidSignature",
            "The provided 'x-amz-content-sha256' header does not match"
        ) {
            signed(extra: [(name: "x-amz-content-sha256", value: Hexadecimal.encode(Digest.sha256([])))])
        },
        Case("unsigned payload", "InvalidSignature", "The payload must be signed.") {
            signed(extra: [(name: "x-amz-content-sha256", value: "UNSIGNED-PAYLOAD")])
        },
    ]

    @Test(arguments: cases) func refused(_ testCase: Case) {
        let error = Self.check(testCase.request())
        #expect(error?.code == testCase.code)
        #expect(error?.httpStatus == 400)
        #expect(error?.message.hasPrefix(testCase.message) == true, "\(error?.message ?? "accepted")")
    }

    @Test func accepted() {
        #expect(Self.check(Self.signed()) == nil)
        #expect(Self.check(Self.signed(date: Self.now.addingTimeInterval(-300))) == nil)
        #expect(Self.check(Self.signed(date: Self.now.addingTimeInterval(300))) == nil)
        let hash = Hexadecimal.encode(Digest.sha256(Array("{}".utf8)))
        #expect(Self.check(Self.signed(extra: [(name: "X-Amz-Content-Sha256", value: hash)])) == nil)
        // Headers that proxies add need not be signed.
        #expect(Self.check(Self.with { $0.headers.append((name: "X-Forwarded-For", value: "10.0.0.1")) }) == nil)
    }

    @Test func theSecretDecides() {
        #expect(Self.check(Self.signed(), secret: "another")?.message.hasPrefix(Self.mismatch) == true)
    }

    @Test func unsignedPayloadWhereItIsAllowed() {
        // Signed with the word in place of the hash, as clients do over TLS.
        let headers: Headers = [
            ("Host", "manager"), ("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"), ("X-Amz-Date", "20260301T120000Z"),
        ]
        let names = ["host", "x-amz-content-sha256", "x-amz-date"]
        let canonical = SigV4.canonicalRequest(
            method: "POST", path: "/", query: "", headers: SigV4.grouped(headers), signedHeaders: names,
            payloadHash: "UNSIGNED-PAYLOAD")
        let scope = "20260301/us-east-1/ecs/aws4_request"
        let key = SigV4.SigningKey(secretAccessKey: Self.secret, day: "20260301", region: "us-east-1", service: "ecs")
        let signature = key.signature(
            of: SigV4.stringToSign(timestamp: "20260301T120000Z", scope: scope, canonicalRequest: canonical))
        let authorization =
            "AWS4-HMAC-SHA256 Credential=A/\(scope), SignedHeaders=\(names.joined(separator: ";")), "
            + "Signature=\(Hexadecimal.encode(signature))"
        let request = SigV4.Request(
            method: "POST", path: "/", headers: headers + [(name: "Authorization", value: authorization)],
            body: Array("anything".utf8))
        #expect(Self.check(request, acceptsUnsignedPayload: true) == nil)
        #expect(Self.check(request)?.message == "The payload must be signed.")
    }

    @Test func aRouterCanFindTheServiceByItsScope() throws {
        let verifier = SigV4.Verifier(region: "us-east-1")
        #expect(
            try verifier.authorization(of: Self.signed(service: "logs"), service: nil, now: Self.now).service == "logs")
    }

    @Test(arguments: [
        ("19700101T000000Z", 0), ("20000229T235959Z", 951_868_799), ("20260301T120000Z", 1_772_366_400),
        ("19691231T235959Z", -1), ("99991231T235959Z", 253_402_300_799), ("00010101T000000Z", -62_135_596_800),
    ])
    func timestamps(text: String, seconds: Int) {
        #expect(SigV4.Timestamp(text)?.epochSeconds == seconds)
        #expect(SigV4.Timestamp(epochSeconds: seconds).description == text)
    }

    @Test(arguments: [
        "", "20260229T000000Z", "20261301T000000Z", "20260100T000000Z", "20260101T240000Z", "20260101T006000Z",
        "20260101T000060Z", "20260101t000000Z", "20260101T000000", "+0260101T000000Z", "00000101T000000Z",
        "20260101T000000Z ", "2026０101T0000Z",
    ])
    func noTimestamps(text: String) {
        #expect(SigV4.Timestamp(text) == nil)
    }
}
