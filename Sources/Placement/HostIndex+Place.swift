extension HostIndex {
    /// Finds a host for each task and reserves there what the task demands.
    ///
    /// One number is drawn from `generator` a call.
    ///
    /// - Precondition: no task has a reservation, and none is named twice. Ids are made for the tasks that are placed.
    package mutating func place(
        _ request: PlacementRequest, tasks: [TaskID], using generator: inout some RandomNumberGenerator
    ) -> PlacementResult {
        precondition(!reservations.containsAny(of: tasks), "no task to place has a reservation")
        var random = SeededGenerator(seed: generator.next())
        let group = internGroup(request.group)
        let compiled = CompiledRequest(
            request.demand, constraints: request.constraints, candidates: request.candidates, group: group, in: self)
        var result = PlacementResult(placements: [], explanation: nil)
        result.placements.reserveCapacity(tasks.count)
        var pool: Int?
        if !compiled.isHopeless {
            var search = HostSearch(compiled, request.strategies, in: &self)
            pool = search.pool
            for task in tasks {
                guard let slot = search.next(in: &self, using: &random) else { break }
                result.placements.append(commit(compiled, task: task, slot: slot))
            }
        }
        if result.placements.count < tasks.count {
            result.explanation = explain(compiled, limit: request.explainLimit, pool: pool)
        }
        dropGroupIfEmpty(group)
        return result
    }
}
