import FoundationEssentials

/// Which tasks go when some have to.
///
/// Protected tasks do not. Of the others go first
///  1. those that are not healthy: on a lost host, PENDING, unhealthy, not healthy yet;
///  2. those on instances that are DRAINING, then those on instances that are not connected;
///  3. those of older deployments;
///  4. by the service's ``TerminationRule``: from the group with most tasks of the service, and there from the instance
///     with most, or with most of a resource free; of equal ones the youngest.
///
/// Only where part of what is equal up to 3 has to go does the rule look at each of them. It costs the number of the
/// service's tasks.
///
/// - Source: spec/ecs-scheduling.md sections 3.5 and 2.2. ECS takes any of equal ones.
enum ScaleInOrder {
    /// - Parameter leaving: whether it is because of a deployment or a drain; a drain does not heed protection.
    static func choose(_ count: Int, of candidates: [Int], leaving: Bool = false, in draft: inout Draft) -> [Int] {
        var choice: [Int] = []
        guard count > 0, !candidates.isEmpty else { return choice }
        var classes = [[Int]](repeating: [], count: Ranks.count(draft))
        let ranks = Ranks(draft)
        var protectionEnds: Date?
        for task in candidates {
            if draft.isProtected(task), !(leaving && Draining.isLeaving(task, in: draft)) {
                let end = draft.tasks[task].protectedUntil
                protectionEnds = [protectionEnds, end].compactMap { $0 }.min()
            } else {
                classes[ranks.rank(of: task, in: draft)].append(task)
            }
        }
        for tasks in classes where !tasks.isEmpty && choice.count < count {
            let wanted = count - choice.count
            choice +=
                tasks.count <= wanted ? tasks : byRule(wanted, of: tasks, without: choice, in: draft)
        }
        if choice.count < count, let protectionEnds { draft.alarm.set(protectionEnds) }
        return choice
    }

    /// Rules 1 to 3 as one number.
    private struct Ranks {
        /// Of each deployment, how many are older; those not in the list any more come before all.
        let ages: [Int]

        static func count(_ draft: Draft) -> Int { 5 * 3 * (draft.service.deployments.count + 1) }

        init(_ draft: Draft) {
            let keys = draft.service.deployments.map(\.key)
            ages = keys.map { key in 1 + keys.count { $0 < key } }
        }

        func rank(of task: Int, in draft: Draft) -> Int {
            let standing = Int(draft.standings[task].rawValue) - Int(Standing.lost.rawValue)
            let instance = draft.instance(of: task)
            let place = instance?.status == .draining ? 0 : instance?.lastHeardAt != nil ? 1 : 2
            let age = draft.deployments[task].map { ages[$0] } ?? 0
            return (standing * 3 + place) * (ages.count + 1) + age
        }
    }

    // MARK: The termination rule

    /// - Precondition: fewer are wanted than there are.
    private static func byRule(_ count: Int, of tasks: [Int], without chosen: [Int], in draft: Draft) -> [Int] {
        let rule = draft.service.terminationRule
        return byRule(count, of: tasks, without: chosen, instances: rule.instances, in: draft) { instance in
            rule.usesSpreadGroups ? instance.spreadGroup : 0
        }
    }

    /// - Parameter group: of an instance. Tasks without an instance are a group of their own.
    static func byRule(
        _ count: Int, of tasks: [Int], without chosen: [Int], instances: TerminationRule.InstanceOrder, in draft: Draft,
        group: (Instance) -> Int
    ) -> [Int] {
        // Group 0 and place 0 are those without an instance.
        let groups = [0] + draft.instances.map { 1 + max(0, group($0)) }
        let groupCount = (groups.max() ?? 0) + 1
        func place(_ task: Int) -> Int { draft.tasks[task].instance.map { $0 + 1 } ?? 0 }

        var groupLoads = [Int](repeating: 0, count: groupCount)
        var instanceLoads = [Int](repeating: 0, count: groups.count)
        let gone = Set(chosen)
        for task in draft.tasks.indices where draft.standings[task].isCounted && !gone.contains(task) {
            instanceLoads[place(task)] += 1
            groupLoads[groups[place(task)]] += 1
        }
        var stacks = [[Int]](repeating: [], count: groups.count)
        for task in tasks { stacks[place(task)].append(task) }

        var queues = [CountQueue](repeating: CountQueue(), count: groupCount)
        for place in stacks.indices where !stacks[place].isEmpty {
            let priority =
                switch instances {
                case .mostTasks: instanceLoads[place]
                // What is freed makes its instance the one with most free, until it has none of the tasks left.
                case .mostFree: place == 0 ? 0 : draft.instances[place - 1].freeResource
                case .any: 0
                }
            queues[groups[place]].insert(place, priority: priority)
        }
        var groupQueue = CountQueue()
        for group in queues.indices where !queues[group].isEmpty {
            groupQueue.insert(group, priority: groupLoads[group])
        }

        var result: [Int] = []
        while result.count < count, let (group, load) = groupQueue.pop(), let (place, priority) = queues[group].pop() {
            if let task = stacks[place].popLast() { result.append(task) }
            if !stacks[place].isEmpty {
                queues[group].insert(place, priority: instances == .mostTasks ? priority - 1 : priority)
            }
            if !queues[group].isEmpty { groupQueue.insert(group, priority: load - 1) }
        }
        return result
    }
}

/// Gives what has the highest number first; of equal ones, what was put in last.
///
/// Few different numbers are the case, and what is put back belongs near the end.
struct CountQueue {
    /// By priority, ascending; a priority has one bucket.
    private var buckets: [(priority: Int, items: [Int])] = []

    var isEmpty: Bool { buckets.isEmpty }

    mutating func insert(_ item: Int, priority: Int) {
        var low = 0
        var high = buckets.endIndex
        while low < high {
            let middle = (low + high) / 2
            if buckets[middle].priority < priority { low = middle + 1 } else { high = middle }
        }
        if low < buckets.endIndex, buckets[low].priority == priority {
            buckets[low].items.append(item)
        } else {
            buckets.insert((priority, [item]), at: low)
        }
    }

    mutating func pop() -> (item: Int, priority: Int)? {
        guard let last = buckets.indices.last, let item = buckets[last].items.popLast() else { return nil }
        let priority = buckets[last].priority
        if buckets[last].items.isEmpty { buckets.removeLast() }
        return (item, priority)
    }
}
