import CCrypto

/// Random bytes for keys, tokens and secrets, by libcrypto's generator.
package enum SecureRandom {
    package static func bytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let result = RAND_bytes(&bytes, Int32(count))
        // A key that is not random is worse than no process.
        precondition(result == 1, "libcrypto: RAND_bytes failed")
        return bytes
    }

    /// `count` characters, each equally likely, of `alphabet` (at most 256 ASCII characters).
    package static func text(_ count: Int, of alphabet: String) -> String {
        let characters = Array(alphabet.utf8)
        precondition((1...256).contains(characters.count), "an alphabet has 1 to 256 characters")
        // Bytes at or above the largest multiple of the alphabet's size would favour its first characters.
        let limit = 256 - 256 % characters.count
        var text: [UInt8] = []
        while text.count < count {
            for byte in bytes(count) where byte < limit && text.count < count {
                text.append(characters[Int(byte) % characters.count])
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
