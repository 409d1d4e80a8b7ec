/// The hosts that one kind of request may choose from, in buckets: those that spreads by attributes tell apart.
///
/// What a request asks of hosts and what few of them have (constraints, rare attributes, subnets, a capacity provider) is
/// decided here once a host and not once a placement. Requests alike in that share a pool. A pool is brought up to date
/// when it is used (`HostJournal`): one that nobody uses costs nothing.
struct Pool: Sendable {
    /// What makes two requests alike.
    struct Key: Hashable, Sendable {
        /// Names of attributes by whose values the hosts are told apart.
        var spreadAttributes: [String] = []
        /// A host has them all.
        var attributes: [HostAttribute] = []
        /// A host has one of them; empty asks for none.
        var locations: [HostAttribute] = []
        /// They select the host.
        var expressions: [ClusterExpression] = []
    }

    struct Place: Hashable, Sendable {
        /// -1 for a host that is gone.
        var bucket: Int32
        /// -1 for a host that the requests may not choose: its tasks count in its bucket all the same.
        var position: Int32

        static let none = Place(bucket: -1, position: -1)
    }

    let key: Key
    /// Whether a change of a host's tasks may bring it in or out.
    let asksForTasks: Bool
    /// Another one whenever a host with tasks has changed its place: counts by place are then wrong.
    var generation: Int
    /// Grows whenever a bucket does: counts by place then need room.
    private(set) var shape = 0
    private(set) var buckets: [Bucket] = []
    /// The buckets that are alike in the first attribute, in the first two, … have equal numbers: `[level][bucket]`.
    private(set) var prefixes: [[Int32]]
    private var prefixNumbers: [[String?]: Int32] = [:]
    private var bucketOfValues: [[String?]: Int] = [:]
    private var places: [Place] = []
    /// What each host was when it was given its place.
    private var revisions: [Int32] = []
    private var orders: [PlacementStrategy.BinpackField] = []
    /// The first entry of the journal that was not read.
    var cursor = 0
    /// When it was last used, by a count of uses.
    var lastUse = 0

    init(_ key: Key, generation: Int) {
        self.key = key
        self.generation = generation
        asksForTasks = key.expressions.contains { $0.query.asksForTasks }
        prefixes = key.spreadAttributes.map { _ in [] }
    }

    func place(of slot: Int) -> Place { slot < places.count ? places[slot] : .none }

    /// Whether it has to be decided anew if a host belongs here.
    func isOutdated(slot: Int, revision: Int32) -> Bool {
        asksForTasks || slot >= revisions.count || revisions[slot] != revision
    }

    /// Gives a host its place.
    ///
    /// - Parameter values: the host's values of the attributes that the pool spreads over; nil for one that is gone.
    /// - Returns: whether the place is another than before.
    mutating func seat(slot: Int, values: [String?]?, isMember: Bool, revision: Int32) -> Bool {
        while places.count <= slot {
            places.append(.none)
            revisions.append(-1)
        }
        revisions[slot] = revision
        let old = places[slot]
        var place = Place.none
        if let values { place.bucket = Int32(bucket(of: values)) }
        if place.bucket == old.bucket && isMember == (old.position >= 0) { return false }
        if old.position >= 0 { buckets[Int(old.bucket)].remove(position: Int(old.position)) }
        if isMember {
            let bucket = Int(place.bucket)
            let capacity = buckets[bucket].capacity
            place.position = Int32(buckets[bucket].add(slot: slot))
            if buckets[bucket].capacity != capacity { shape += 1 }
        }
        places[slot] = place
        return true
    }

    mutating func setFree(slot: Int, isAvailable: Bool, cpuUnits: Int, memoryMiB: Int) {
        let place = places[slot]
        guard place.position >= 0 else { return }
        let position = Int(place.position)
        if isAvailable {
            buckets[Int(place.bucket)].setFree(cpuUnits: cpuUnits, memoryMiB: memoryMiB, position: position)
        } else {
            buckets[Int(place.bucket)].makeUnavailable(position: position)
        }
    }

    /// Puts the hosts in the order of a resource, from now on.
    mutating func order(by field: PlacementStrategy.BinpackField) {
        if orders.contains(field) { return }
        orders.append(field)
        for bucket in buckets.indices { buckets[bucket].order(by: field) }
    }

    private mutating func bucket(of values: [String?]) -> Int {
        if let bucket = bucketOfValues[values] { return bucket }
        var bucket = Bucket()
        for field in orders { bucket.order(by: field) }
        buckets.append(bucket)
        bucketOfValues[values] = buckets.count - 1
        for level in prefixes.indices {
            let prefix = Array(values.prefix(level + 1))
            let number = prefixNumbers[prefix] ?? Int32(prefixNumbers.count)
            prefixNumbers[prefix] = number
            prefixes[level].append(number)
        }
        shape += 1
        return buckets.count - 1
    }
}
