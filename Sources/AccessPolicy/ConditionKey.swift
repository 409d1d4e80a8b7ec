/// What a condition asks about, such as `ecs:cluster` or `aws:RequestTag/team`.
///
/// Names do not depend on case, and neither do the keys of tags in them: only the 26 letters of ASCII count, so that no
/// letter of another script passes for one of them.
///
/// - Source: IAM User Guide, "IAM JSON policy elements: Condition"; "AWS global condition context keys", on tags.
package struct ConditionKey: Sendable, Hashable {
    /// `aws:requesttag` of `aws:RequestTag/team`; of most keys all there is. Lowercase.
    package let name: String
    /// `team` of `aws:RequestTag/team`. Lowercase.
    package let tag: String?

    package init(_ text: String) {
        let lowercased = text.asciiLowercased
        if let slash = lowercased.firstIndex(of: "/") {
            name = String(lowercased[..<slash])
            tag = String(lowercased[lowercased.index(after: slash)...])
        } else {
            name = lowercased
            tag = nil
        }
    }
}

extension String {
    package var asciiLowercased: String {
        String(decoding: utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }

    /// Byte for byte. `==` takes different spellings of an accented letter for the same.
    func isExactly(_ other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
