import CCrypto

/// SHA-256 and HMAC-SHA256, by OpenSSL's libcrypto. Results are 32 bytes.
package enum Digest {
    package static let byteCount = 32

    package static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: byteCount)
        let result = EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha256(), nil)
        // It fails only if memory is exhausted or libcrypto is configured without SHA-256: then nothing can be trusted.
        precondition(result == 1, "libcrypto: EVP_Digest failed")
        return digest
    }

    package static func hmacSHA256(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: byteCount)
        let result = HMAC(EVP_sha256(), key, Int32(key.count), message, message.count, &digest, nil)
        precondition(result != nil, "libcrypto: HMAC failed")
        return digest
    }

    /// True if both are equal; the time taken depends on the lengths alone.
    package static func areEqualInConstantTime(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
    }
}
