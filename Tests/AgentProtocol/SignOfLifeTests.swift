import AgentProtocol
import Testing

@Suite struct SignOfLifeTests {
    private let datagram = SignOfLife.datagram(
        containerInstanceArn: "arn:aws:ecs:us-east-1:1:container-instance/default/abc", number: 7, key: "key")

    @Test func isReadAsItWasWritten() throws {
        let sign = try #require(SignOfLife(datagram: datagram))
        #expect(sign.containerInstance == "abc")
        #expect(sign.number == 7)
        #expect(sign.isSigned(with: "key"))
        #expect(!sign.isSigned(with: "another key"))
    }

    /// Whatever single byte is another: it is no sign of life, or none of this key.
    @Test func aChangedByteIsSeen() {
        for index in datagram.indices {
            for change in [UInt8(1), 0x20, 0x80] {
                var changed = datagram
                changed[index] ^= change
                #expect(SignOfLife(datagram: changed)?.isSigned(with: "key") != true, "byte \(index)")
            }
        }
    }

    @Test func whatIsSomethingElseIsNone() {
        for text in ["", " ", "  ", "hello", "stevedore-sign-1 abc 7", "stevedore-sign-1 abc x y", "other abc 7 00"] {
            #expect(SignOfLife(datagram: Array(text.utf8)) == nil, "\(text)")
        }
        for count in datagram.indices {
            #expect(SignOfLife(datagram: Array(datagram[..<count]))?.isSigned(with: "key") != true)
        }
        let long = SignOfLife.datagram(
            containerInstanceArn: String(repeating: "a", count: SignOfLife.sizeLimit), number: 1, key: "key")
        #expect(SignOfLife(datagram: long) == nil)
    }
}
