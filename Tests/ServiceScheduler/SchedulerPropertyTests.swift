import FoundationEssentials
import ServiceScheduler
import Testing

/// Random histories, in which every plan is checked, and after which the service has to become what it should be.
@Suite struct SchedulerPropertyTests {
    @Test(arguments: 0..<250)
    func keepsItsPromises(seed: Int) {
        var world = World(seed: seed, strategy: seed % 4 == 3 ? .daemon : .replica)
        for _ in 0..<150 {
            world.disturb()
            world.settle()
            if !world.complaints.isEmpty { break }
        }
        #expect(world.complaints == [], "seed \(seed)")

        world.endDisturbances()
        world.deploy(.good)
        let seconds = world.converge()
        #expect(world.complaints == [], "seed \(seed)")
        #expect(seconds != nil, "seed \(seed) does not become steady")
        #expect(world.service.deployments.count == 1)
        #expect(world.service.deployments.first?.state.rolloutState == .completed)
        let running = world.tasks.filter { world.isHealthy($0) }
        #expect(running.count == world.desired && world.tasks.count == world.desired)
        if world.isDaemon { #expect(Set(running.map(\.instance)).count == world.hosts.count) }
        for number in 1..<world.nextDeployment { #expect(world.ends[number] != nil, "deployment \(number) has no end") }
    }

    @Test(arguments: 0..<100)
    func taskSetsKeepTheirCounts(seed: Int) {
        var world = World(seed: seed, controller: .external)
        for _ in 0..<120 {
            world.disturb()
            world.settle()
            if !world.complaints.isEmpty { break }
        }
        world.endDisturbances()
        #expect(world.converge() != nil, "seed \(seed) does not become steady")
        #expect(world.complaints == [], "seed \(seed)")
        for taskSet in world.service.deployments {
            #expect(taskSet.status != .draining && taskSet.state.stabilityStatus == .steadyState)
            let own = world.tasks.filter { $0.deployment == taskSet.key }
            #expect(own.count == world.count(of: taskSet) && own.allSatisfy(world.isHealthy))
        }
    }

    /// The histories above would prove little if nothing happened in them.
    @Test func everythingHappens() {
        var starts: Set<StartCause> = []
        var stops: Set<StopCause> = []
        var ends: Set<String> = []
        for seed in 0..<60 {
            var world = World(seed: seed, strategy: seed % 4 == 3 ? .daemon : .replica)
            for _ in 0..<150 {
                world.disturb()
                world.settle()
            }
            starts.formUnion(world.starts)
            stops.formUnion(world.stops)
            ends.formUnion(world.ends.values)
        }
        #expect(starts == [.deployment, .missing, .replacement, .zoneBalance])
        #expect(stops == [.scaleIn, .deployment, .draining, .zoneBalance, .containerHealth, .targetHealth])
        #expect(ends == ["COMPLETED", "FAILED", "superseded"])
    }

    /// Whatever comes before it, a bad release is failed, and what was there before it is there again.
    @Test(arguments: 0..<100)
    func badReleaseEnds(seed: Int) {
        var world = World(seed: seed, strategy: seed % 4 == 3 ? .daemon : .replica)
        world.endDisturbances()
        #expect(world.converge() != nil)
        world.service.deploymentConfiguration.circuitBreaker = .init(isEnabled: true, rollsBack: seed % 2 == 0)
        world.deploy(seed % 3 == 0 ? .failsChecks : .failsToStart)
        let bad = world.nextDeployment - 1
        for _ in 0..<20_000 where world.ends[bad] == nil {
            world.settle()
            world.advance(1)
        }
        #expect(world.ends[bad] == "FAILED", "seed \(seed)")
        if seed % 2 == 0 {
            #expect(world.converge() != nil, "seed \(seed)")
            #expect(world.service.deployments.map(\.isRollback) == [true])
            #expect(world.service.deployments.first?.state.rolloutState == .completed)
        } else {
            let before = world.nextTask
            for _ in 0..<200 {
                world.settle()
                world.advance(10)
            }
            #expect(world.nextTask == before, "a deployment that stalled starts nothing")
        }
        #expect(world.complaints == [], "seed \(seed)")
    }
}
