import Foundation
import Testing

@testable import AWSProtocol

/// Signatures made once with botocore 1.43.11: `botocore.auth.SigV4Auth(Credentials("AKIDEXAMPLE", secret, token), "ecs",
/// "us-east-1").add_auth(AWSRequest(method, url, headers, data))` with `botocore.auth.get_current_datetime` patched to
/// 2026-03-01T12:00:00Z.
struct SigV4GoldenTests {
    struct Golden: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var method = "POST"
        var path = "/"
        var query = ""
        var host = "127.0.0.1:8600"
        var headers: [(name: String, value: String)] = []
        var body = ""
        var token: String?
        let signedHeaders: String
        let signature: String
    }

    static let target = "AmazonEC2ContainerServiceV20141113"

    static let goldens = [
        Golden(
            testDescription: "plain",
            headers: [("Content-Type", "application/x-amz-json-1.1"), ("X-Amz-Target", "\(target).ListClusters")],
            body: "{}", signedHeaders: "content-type;host;x-amz-date;x-amz-target",
            signature: "cb65e25cda9326b57eb6126dec3e0a4b0f031ded860929624d5d1ad65c04691d"),
        Golden(
            testDescription: "empty body", headers: [("X-Amz-Target", "\(target).ListClusters")],
            signedHeaders: "host;x-amz-date;x-amz-target",
            signature: "32cfca20e46a811b990100c5cf6269a95b2b4e5866bb9e20f3eeb6b02bff6d1e"),
        Golden(
            testDescription: "session token", headers: [("X-Amz-Target", "\(target).RunTask")],
            body: #"{"taskDefinition":"web"}"#, token: "TOKEN/abc==",
            signedHeaders: "host;x-amz-date;x-amz-security-token;x-amz-target",
            signature: "6ea94190e92a3ba4d4b382293575625378dd2210bcacf842533e7c3203f7ee50"),
        Golden(
            testDescription: "spaces in a header", host: "manager", headers: [("X-Amz-Meta", "  a   b  c ")],
            body: #"{"cluster":"café"}"#, signedHeaders: "host;x-amz-date;x-amz-meta",
            signature: "13ff719ed568e15adef9d26396713f10257e33c4e5468eeab1057456ab2cb0a0"),
        Golden(
            testDescription: "path", method: "GET", path: "/v1/a%20b/../c~d/%E2%82%AC/", host: "manager",
            signedHeaders: "host;x-amz-date",
            signature: "646cf082c35a9923241d4940c7daf39e9de6d0c71dcc8518e5462cb44cb3a176"),
        Golden(
            testDescription: "doubled slashes", method: "GET", path: "//a//./b", host: "manager",
            signedHeaders: "host;x-amz-date",
            signature: "e74feb15f2dddb17c6edc8a7a3187d9bac01115af41aadbc2f6d71b8cdbf17b0"),
        Golden(
            testDescription: "query", method: "GET", query: "b=2&a=x%20y&a=1&empty=&flag", host: "manager",
            signedHeaders: "host;x-amz-date",
            signature: "a1133514997939d5d483a500accb9421d4830b37413b962daf7c6dcf524ae99b"),
    ]

    static let date = Date(timeIntervalSince1970: 1_772_366_400)
    static let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

    @Test(arguments: goldens) func signsAsBotocoreDoes(_ golden: Golden) throws {
        let signer = SigV4.Signer(
            credentials: .init(accessKeyID: "AKIDEXAMPLE", secretAccessKey: Self.secret, sessionToken: golden.token),
            region: "us-east-1", service: "ecs")
        let request = SigV4.Request(
            method: golden.method, path: golden.path, query: golden.query, headers: golden.headers,
            body: Array(golden.body.utf8))
        let added = signer.headers(for: request, host: golden.host, date: Self.date)
        #expect(
            added.map(\.name) == ["X-Amz-Date"] + (golden.token == nil ? [] : ["X-Amz-Security-Token"]) + [
                "Authorization"
            ])
        #expect(added.first?.value == "20260301T120000Z")
        #expect(
            added.last?.value == "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260301/us-east-1/ecs/aws4_request, "
                + "SignedHeaders=\(golden.signedHeaders), Signature=\(golden.signature)")

        var signed = request
        signed.headers += [(name: "Host", value: golden.host)] + added
        let verifier = SigV4.Verifier(region: "us-east-1")
        let authorization = try verifier.authorization(of: signed, service: "ecs", now: Self.date)
        #expect(authorization.accessKeyID == "AKIDEXAMPLE")
        try verifier.verify(
            signed, authorization,
            signingKey: .init(secretAccessKey: Self.secret, day: "20260301", region: "us-east-1", service: "ecs"))
    }

    @Test func secretsAreNotPrinted() {
        let credentials = SigV4.Credentials(accessKeyID: "A", secretAccessKey: "hush", sessionToken: "hush")
        #expect(!"\(credentials)".contains("hush"))
        let key = SigV4.SigningKey(secretAccessKey: "hush", day: "20260301", region: "r", service: "s")
        #expect("\(key)" == "SigningKey(redacted)")
    }
}
