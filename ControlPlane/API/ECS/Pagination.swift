import AWSProtocol
import FoundationEssentials

/// One page of a list: which keys, and where the next page starts.
struct Page<Item: Sendable>: Sendable {
    var items: [Item]
    var nextToken: String?
}

/// Cuts lists into pages. A token names the last key of the page before, so pages stay right while rows come and go.
///
/// - Source: ECS core rules, section 3, "Pagination": default 100 and at most 100, `nextToken` absent on the last page.
struct PageRequest: Sendable {
    let size: Int
    /// The last key of the page before; nil for the first page.
    let after: String?

    /// - Parameters:
    ///   - scope: what kind of key the token holds; a token of another list is refused.
    ///   - limit: the most that `maxResults` can ask for.
    ///   - standard: the page's size where `maxResults` does not say; nil for `limit`.
    init(
        maxResults: Int?, nextToken: String?, scope: String, limit: Limit = Limits.pageSize, standard: Int? = nil
    ) throws(AWSError) {
        let size = maxResults ?? standard ?? limit.value
        guard (1...limit.value).contains(size) else {
            throw .invalidParameter("maxResults must be between 1 and \(limit.value); found \(size).")
        }
        self.size = size
        self.scope = scope
        guard let nextToken, !nextToken.isEmpty else {
            after = nil
            return
        }
        guard let data = Data(base64Encoded: nextToken), let text = String(data: data, encoding: .utf8),
            text.hasPrefix(scope + "\n")
        else { throw .invalidParameter("Invalid token \(nextToken.prefix(60))") }
        after = String(text.dropFirst(scope.count + 1))
    }

    private let scope: String

    /// The last key of the page before, where keys are numbers.
    func afterSequence() throws(AWSError) -> Int? {
        guard let after else { return nil }
        guard let sequence = Int(after) else { throw .invalidParameter("Invalid token") }
        return sequence
    }

    func token(after key: String) -> String {
        Data("\(scope)\n\(key)".utf8).base64EncodedString()
    }

    /// Something to put keys into, in order, until it is full.
    func collector<Key>(of type: Key.Type) -> PageCollector<Key> { PageCollector(size: size) }

    /// The page that a walk has collected.
    func page<Key>(_ collector: PageCollector<Key>, key text: (Key) -> String) -> Page<Key> {
        let nextToken = collector.last.map { token(after: text($0)) }
        return Page(items: collector.items, nextToken: nextToken)
    }
}

/// The keys of one page, and whether there are more.
struct PageCollector<Key: Sendable> {
    fileprivate let size: Int
    fileprivate var items: [Key] = []
    /// The key that the next page starts after; nil if there is no more.
    fileprivate var last: Key?

    fileprivate init(size: Int) { self.size = size }

    /// - Returns: whether the next key is wanted: what `forEach(after:)` wants to hear.
    mutating func take(_ key: Key) -> Bool {
        guard items.count < size else {
            last = items.last
            return false
        }
        items.append(key)
        return true
    }

    /// Ends the page before it is full: the walk has looked at enough, and the next page goes on after `key`.
    mutating func end(after key: Key) { last = key }
}
