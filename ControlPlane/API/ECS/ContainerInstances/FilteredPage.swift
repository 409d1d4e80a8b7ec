import AWSProtocol

/// A page cut from a walk that leaves keys out.
///
/// It ends when it is full, or when enough was looked at: a rare match in a cluster of 10,000 hosts must not make one call
/// hold the state for all of them. Then the page is short and its token goes on behind what was looked at last, which ECS
/// allows and every paginator takes.
///
/// - Source: ECS core rules, section 3, "Pagination": a page may be shorter than `maxResults` with a token still present.
struct FilteredPage<Key: Sendable> {
    private(set) var items: [Key] = []
    private let size: Int
    private var looksLeft: Int
    private var stepsLeft: Int
    private var last: Key?
    private var hasMore = false

    init(_ request: PageRequest) {
        size = request.size
        looksLeft = Limits.lookedAtPerCall.value
        stepsLeft = Limits.filterStepsPerCall.value
    }

    /// - Parameter isWanted: is called if the page has room; adds the work that it takes, in steps.
    /// - Returns: whether the next key is wanted: what `forEach(after:)` wants to hear.
    mutating func look(at key: Key, _ isWanted: (_ steps: inout Int) -> Bool) -> Bool {
        guard items.count < size, looksLeft > 0, stepsLeft > 0 else {
            hasMore = true
            return false
        }
        var steps = 0
        if isWanted(&steps) { items.append(key) }
        looksLeft -= 1
        stepsLeft -= steps
        last = key
        return true
    }

    /// The key that the next page starts behind; nil on the last page.
    var next: Key? { hasMore ? last : nil }
}
