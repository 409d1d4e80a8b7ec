/// Who holds which GPUs of one host.
///
/// A host has a few, most have none: plain lists serve. What tasks hold may name an id twice, or one that the host has
/// no more: records restored at start-up are believed, and a host may register again with other devices.
struct HostGPUs: Sendable {
    /// In the order in which the host registered them.
    private(set) var free: [String] = []
    private var held: [String] = []

    /// What the host has, anew.
    mutating func register(_ ids: [String]) {
        free = ids.filter { !held.contains($0) }
    }

    mutating func hold(_ ids: [String]) {
        if ids.isEmpty { return }
        held += ids
        free.removeAll { ids.contains($0) }
    }

    /// Takes the first free ones; nil if there are not so many.
    mutating func take(_ count: Int) -> [String]? {
        guard free.count >= count else { return nil }
        let taken = Array(free.prefix(count))
        hold(taken)
        return taken
    }

    /// - Parameter registered: all that the host has.
    mutating func release(_ ids: [String], registered: [String]) {
        if ids.isEmpty { return }
        for id in ids {
            guard let index = held.firstIndex(of: id) else {
                preconditionFailure("a GPU is released once for each time it was taken")
            }
            held.remove(at: index)
        }
        register(registered)
    }
}
