import ControlPlaneState
import Foundation
import Support
import Testing

@testable import AgentGateway

@Suite final class RoleFilesTests {
    private let directory = FileManager.default.temporaryDirectory.path + "/roles-\(UUID().uuidString)"
    private let now = TestControlPlane.start

    init() throws { try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    private func write(_ text: String, _ name: String = "app") throws {
        try PrivateFile.write(text, to: "\(directory)/\(name).json")
    }

    private func files() -> RoleFiles { RoleFiles(directory: directory, log: .discarding) }

    @Test func whatSTSPrints() throws {
        try write(
            """
            {"AssumedRoleUser": {"Arn": "x"}, "Credentials": {"AccessKeyId": "AKIA", "SecretAccessKey": "s",
             "SessionToken": "t", "Expiration": "2027-01-15T09:00:00+00:00"}}
            """)
        let expected = RoleCredentials(
            accessKeyID: "AKIA", secretAccessKey: "s", sessionToken: "t", expiration: now.addingTimeInterval(3600))
        let files = files()
        for role in ["app", "arn:aws:iam::123456789012:role/app", "arn:aws:iam::1:role/path/app"] {
            #expect(files.credentials(ofRole: role, at: now) == expected)
        }
        #expect(files.credentials(ofRole: "app", at: now.addingTimeInterval(3600)) == nil, "expired")
    }

    @Test func aKeyThatStays() throws {
        try write(#"{"AccessKeyId": "AKIA", "SecretAccessKey": "s"}"#)
        let found = files().credentials(ofRole: "app", at: .distantFuture)
        #expect(found == RoleCredentials(accessKeyID: "AKIA", secretAccessKey: "s"))
    }

    @Test func aChangedFileIsReadAgain() throws {
        let files = files()
        #expect(files.credentials(ofRole: "app", at: now) == nil)
        for key in ["ONE", "TWO"] {
            try write(#"{"AccessKeyId": "\#(key)", "SecretAccessKey": "s"}"#)
            #expect(files.credentials(ofRole: "app", at: now)?.accessKeyID == key)
        }
        try write("{}")
        #expect(files.credentials(ofRole: "app", at: now) == nil)
        try FileManager.default.removeItem(atPath: "\(directory)/app.json")
        #expect(files.credentials(ofRole: "app", at: now) == nil)
    }

    @Test(arguments: [
        "", "null", "[]", "{}", #"{"AccessKeyId": "a"}"#, #"{"Credentials": {"AccessKeyId": "a"}}"#,
        #"{"AccessKeyId": 1, "SecretAccessKey": "s"}"#,
        #"{"AccessKeyId": "a", "SecretAccessKey": "s", "Expiration": "soon"}"#,
        #"{"AccessKeyId": "a", "SecretAccessKey": "s", "Expiration": "2027-01-15T09:00:00+02:00"}"#,
    ])
    func whatCannotBeReadIsNoRole(text: String) throws {
        try write(text)
        #expect(files().credentials(ofRole: "app", at: now) == nil)
    }

    /// A role's name is the last part of an ARN: there is no way out of the directory.
    @Test func noRoleIsElsewhere() throws {
        let inner = directory + "/inner"
        try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: true)
        try write(#"{"AccessKeyId": "a", "SecretAccessKey": "s"}"#)
        let files = RoleFiles(directory: inner, log: .discarding)
        for role in ["../app", "x/../app", "..", "", "/", "app"] {
            #expect(files.credentials(ofRole: role, at: now) == nil)
        }
    }

    @Test func nothingPrintsAValue() {
        let credentials = RoleCredentials(accessKeyID: "AKIA", secretAccessKey: "hidden", sessionToken: "covert")
        var dumped = ""
        dump([credentials], to: &dumped)
        for text in ["\(credentials)", String(reflecting: credentials), dumped] {
            #expect(!text.contains("hidden") && !text.contains("covert") && !text.contains("AKIA"))
        }
    }
}
