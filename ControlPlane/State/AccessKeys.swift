package import Support

/// Makes access keys in the shape that AWS tools expect.
package enum AccessKeys {
    private static let idAlphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    private static let secretAlphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")

    /// `AKIA` and 16 of A–Z and 2–7.
    package static func newID(_ random: RandomSource) -> String { "AKIA" + text(16, of: idAlphabet, random) }

    /// 40 characters of base 64: 240 random bits.
    package static func newSecret(_ random: RandomSource) -> String { text(40, of: secretAlphabet, random) }

    /// What hosts join with: a bearer secret. `STEVEDORE-` and 52 characters, 260 random bits.
    package static func newJoinToken(_ random: RandomSource) -> String {
        "STEVEDORE-" + text(52, of: idAlphabet, random)
    }

    private static func text(_ count: Int, of alphabet: [Character], _ random: RandomSource) -> String {
        var source = random
        return String((0..<count).map { _ in alphabet[Int.random(in: alphabet.indices, using: &source)] })
    }
}
