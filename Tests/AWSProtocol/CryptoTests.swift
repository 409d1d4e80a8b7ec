import Testing

@testable import AWSProtocol

struct CryptoTests {
    /// FIPS 180-2's samples.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ])
    func sha256(text: String, digest: String) {
        #expect(Hexadecimal.encode(Digest.sha256(Array(text.utf8))) == digest)
    }

    /// RFC 4231, test case 2.
    @Test func hmac() {
        let digest = Digest.hmacSHA256(key: Array("Jefe".utf8), Array("what do ya want for nothing?".utf8))
        #expect(Hexadecimal.encode(digest) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        #expect(Digest.hmacSHA256(key: [], []).count == Digest.byteCount)
    }

    @Test func constantTimeEquality() {
        #expect(Digest.areEqualInConstantTime([1, 2], [1, 2]))
        #expect(!Digest.areEqualInConstantTime([1, 2], [1, 3]))
        #expect(!Digest.areEqualInConstantTime([1, 2], [1]))
        #expect(Digest.areEqualInConstantTime([], []))
    }

    @Test(
        arguments: [("", []), ("00ff10", [0, 255, 16]), ("0", nil), ("0G", nil), ("FF", nil), ("é", nil)]
            as [(String, [UInt8]?)])
    func hexadecimal(text: String, bytes: [UInt8]?) {
        #expect(Hexadecimal.decode(text) == bytes)
        if let bytes { #expect(Hexadecimal.encode(bytes) == text) }
    }
}
