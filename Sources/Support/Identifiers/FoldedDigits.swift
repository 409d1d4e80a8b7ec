/// A text folded to a few hexadecimal digits, always the same ones: for names that have to follow from others.
///
/// It tells texts apart that are random already, such as ids. It is no protection against someone who looks for two
/// that are folded alike.
package enum FoldedDigits {
    /// - Parameter count: how many digits, 1 to 32, of two FNV-1a hashes of 64 bits.
    package static func of(_ text: String, count: Int) -> String {
        let words: [UInt64] = [0xCBF2_9CE4_8422_2325, 0x9AE1_6A3B_2F90_404F].map { seed in
            text.utf8.reduce(seed) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
        }
        let hex = words.map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }
        return String(hex.joined().suffix(count))
    }
}
