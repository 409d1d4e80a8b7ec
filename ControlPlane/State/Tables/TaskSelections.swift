/// Which tasks each thing that ListTasks can select by selects.
///
/// Tasks of a launch come one after the other and differ in their hosts alone, and to find a selector's set costs more
/// than to add to it. So the sets of the latest launch are remembered by their places.
struct TaskSelections: Sendable {
    struct Selector: Hashable, Sendable {
        var cluster: ClusterName
        var desiredStatus: DesiredStatus
        var filter: TaskTable.Filter
    }

    private struct Latest: Sendable {
        var launch: LaunchRecord
        var desiredStatus: DesiredStatus
        /// Of all selectors but the host's.
        var places: [Int]
    }

    private var sets: [OrderedSet<Int>] = []
    private var places: [Selector: Int] = [:]
    private var freePlaces: [Int] = []
    private var latest: Latest?

    subscript(selector: Selector) -> OrderedSet<Int>? { places[selector].map { sets[$0] } }

    mutating func insert(_ task: TaskRecord) {
        for place in sharedPlaces(of: task) { sets[place].insert(task.sequence) }
        sets[place(of: Self.ofHost(task))].insert(task.sequence)
    }

    mutating func remove(_ task: TaskRecord) {
        for selector in Self.shared(by: task) + [Self.ofHost(task)] {
            guard let place = places[selector] else { continue }
            sets[place].remove(task.sequence)
            if sets[place].isEmpty { free(place, selector) }
        }
    }

    private mutating func sharedPlaces(of task: TaskRecord) -> [Int] {
        if let latest, latest.launch === task.launch, latest.desiredStatus == task.desiredStatus {
            return latest.places
        }
        let places = Self.shared(by: task).map { place(of: $0) }
        latest = Latest(launch: task.launch, desiredStatus: task.desiredStatus, places: places)
        return places
    }

    private mutating func place(of selector: Selector) -> Int {
        if let place = places[selector] { return place }
        let place: Int
        if let last = freePlaces.popLast() {
            place = last
        } else {
            place = sets.count
            sets.append(OrderedSet())
        }
        places[selector] = place
        return place
    }

    private mutating func free(_ place: Int, _ selector: Selector) {
        places[selector] = nil
        freePlaces.append(place)
        // It may be one of those remembered.
        latest = nil
    }

    private static func ofHost(_ task: TaskRecord) -> Selector {
        Selector(
            cluster: task.cluster, desiredStatus: task.desiredStatus,
            filter: .containerInstance(task.containerInstance))
    }

    /// Everything but the desired status and the launch stays the same for a task's life.
    private static func shared(by task: TaskRecord) -> [Selector] {
        var filters: [TaskTable.Filter] = [
            .all, .family(task.taskDefinition.family), .group(task.group), .launchType(task.launchType.rawValue),
        ]
        if let startedBy = task.startedBy { filters.append(.startedBy(startedBy)) }
        return filters.map { Selector(cluster: task.cluster, desiredStatus: task.desiredStatus, filter: $0) }
    }
}
