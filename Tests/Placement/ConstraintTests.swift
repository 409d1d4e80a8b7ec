import Placement
import Testing

@Suite struct ConstraintTests {
    private func place(
        _ count: Int, in index: inout HostIndex, constraints: [PlacementConstraint] = [],
        strategies: [PlacementStrategy] = .runTaskDefault, from number: Int = 0, group: String = "service:web"
    ) -> PlacementResult {
        var random = SeededGenerator(seed: 1)
        let request = PlacementRequest(
            demand: demand(), group: group, constraints: constraints, strategies: strategies)
        return index.place(request, tasks: taskIDs(number..<number + count), using: &random)
    }

    private func memberOf(_ text: String) throws -> PlacementConstraint { .memberOf(try ClusterExpression(text)) }

    @Test func refusalsSayWhichExpressionAndWhichGroup() throws {
        var cluster = index(host("i-0"), host("i-1", attributes: [HostAttribute("stack", "prod")]))
        let constraints = [try memberOf("attribute:stack == prod"), .distinctInstance]
        #expect(place(1, in: &cluster, constraints: constraints).placements.map(\.host) == [HostID("i-1")])
        let explanation = try #require(place(1, in: &cluster, constraints: constraints, from: 1).explanation)
        #expect(explanation.counts.map(\.reason) == [.memberOf, .distinctInstance])
        #expect(
            explanation.nearest.map(\.detail) == [
                "needs an instance without tasks of service:web; it has 1",
                "is not selected by \"attribute:stack == prod\"",
            ])
    }

    @Test func aHostComesAndGoesWithItsAttributes() throws {
        var cluster = index(host("i-0"), host("i-1"))
        let constraints = [try memberOf("attribute:stack == prod")]
        #expect(place(1, in: &cluster, constraints: constraints).placements.isEmpty)
        cluster.setAttributes([HostAttribute("stack", "prod")], on: HostID("i-1"))
        #expect(place(2, in: &cluster, constraints: constraints).placements.map(\.host) == [HostID("i-1"), HostID("i-1")])
        cluster.setAttributes([HostAttribute("stack", "test")], on: HostID("i-1"))
        #expect(place(1, in: &cluster, constraints: constraints, from: 5).placements.isEmpty)
    }

    /// ECS looks at the desired status: a task that is to stop makes room for its successor.
    @Test func aTaskThatIsToStopIsNotDistinct() throws {
        var cluster = index(host("i-0"))
        #expect(place(2, in: &cluster, constraints: [.distinctInstance]).placements.count == 1)
        cluster.discount(taskID(0))
        #expect(place(1, in: &cluster, constraints: [.distinctInstance], from: 5).placements.count == 1)
        #expect(cluster.taskCount(group: "service:web") == 1)
        cluster.release(taskID(0))
        cluster.release(taskID(5))
        #expect(cluster.taskCount(group: "service:web") == 0)
    }

    @Test func tasksAttractEachOther() throws {
        var cluster = index(host("i-0"), host("i-1"), host("i-2"))
        let first = place(1, in: &cluster, group: "family:db").placements[0].host
        let near = place(3, in: &cluster, constraints: [try memberOf("task:group == family:db")], from: 1)
        #expect(Set(near.placements.map(\.host)) == [first])
        let away = place(3, in: &cluster, constraints: [try memberOf("not(task:group == family:db)")], from: 10)
        #expect(away.placements.count == 3 && !away.placements.map(\.host).contains(first))
    }

    @Test func spreadsOverAnyAttribute() {
        var cluster = HostIndex()
        for number in 0..<12 {
            cluster.upsert(host("i-\(number)", attributes: [HostAttribute("rack", number < 9 ? "a" : "b")]))
        }
        let result = place(10, in: &cluster, strategies: [.spread(.attribute("rack")), .spread(.instance)])
        let inB = result.placements.count { Int($0.host.value.dropFirst(2)) ?? 0 >= 9 }
        #expect(inB == 5)
    }

    @Test func interfacesAreAResource() {
        var cluster = index(host("i-0"), host("i-1"))
        cluster.setAddressLimit(1, on: HostID("i-0"))
        cluster.setAddressLimit(2, on: HostID("i-1"))
        var random = SeededGenerator(seed: 1)
        let request = PlacementRequest(demand: demand(wantsInterface: true), group: "g")
        let result = cluster.place(request, tasks: taskIDs(0..<5), using: &random)
        #expect(result.placements.count == 3)
        #expect(result.explanation?.counts.map(\.reason) == [.eni])
        #expect(result.explanation?.nearest.first?.reason.rawValue == "RESOURCE:ENI")
        cluster.release(result.placements[0].task)
        #expect(cluster.place(request, tasks: taskIDs(5..<7), using: &random).placements.count == 1)
    }

    /// More kinds of requests than pools are kept, again and again.
    @Test func poolsThatAreForgottenAreMadeAnew() throws {
        var cluster = HostIndex()
        for number in 0..<100 { cluster.upsert(host("i-\(number)", attributes: [HostAttribute("n", "\(number)")])) }
        for number in 0..<300 {
            let wanted = number * 7 % 100
            let constraints = [try memberOf("attribute:n == \(wanted)")]
            let placed = place(1, in: &cluster, constraints: constraints, strategies: .serviceDefault, from: number)
            #expect(placed.placements.map(\.host) == [HostID("i-\(wanted)")])
        }
    }

    @Test func aDryRunSaysWhatIsSo() throws {
        let cluster = index(host("i-0"), host("i-1", cpu: 100), host("i-2", status: .draining))
        let explanation = cluster.explain(
            PlacementRequest(demand: demand(), group: "never heard of", constraints: [.distinctInstance]))
        #expect((explanation.activeHostCount, explanation.fittingHostCount, explanation.drainingHostCount) == (2, 1, 1))
        #expect(explanation.counts.map(\.reason) == [.cpu])
    }
}
