import FoundationEssentials

/// How often a deployment whose tasks never reach RUNNING is tried: after 1 s, 2 s, 4 s and so on to 27 min, less up to
/// a fifth, so that many services that wait for the same thing do not try at once.
///
/// Tasks that were started together and fail together are one attempt. The count begins anew when a task is RUNNING,
/// and with every new deployment, which has a state of its own. Tasks that stop after they were RUNNING, or that
/// something else stopped, do not count.
///
/// - Source: spec/ecs-scheduling.md section 3.4.
enum BackOff {
    static let longestSeconds = 27 * 60.0
    /// So many attempts in a row failed when the service is said to be unable to start tasks consistently.
    static let toldAfterAttempts = 3

    /// Takes in what became of the deployments' tasks.
    static func account(in draft: inout Draft) {
        for (task, place) in draft.deployments.enumerated() {
            guard let place else { continue }
            switch draft.tasks[task].phase {
            case .stopped(.failedToStart):
                noteFailure(of: task, at: place, in: &draft)
            case .stopped(.afterRunning): draft.deploymentStates[place].backOff = BackOffState()
            case .running(let startedAt):
                if let failedAt = failedAt(place, in: draft), startedAt > failedAt {
                    draft.deploymentStates[place].backOff = BackOffState()
                }
            case .pending, .stopping, .stopped(.calledOff): break
            }
        }
        guard let primary = draft.primary,
            draft.deploymentStates[primary].backOff.failedAttempts >= toldAfterAttempts
        else { return }
        Notices.raise(.cannotStartConsistently, .cannotStartConsistently, in: &draft)
    }

    private static func noteFailure(of task: Int, at place: Int, in draft: inout Draft) {
        var state = draft.deploymentStates[place].backOff
        if let instance = draft.instance(of: task), draft.service.schedulingStrategy == .daemon,
            !state.failedInstances.contains(instance.id)
        {
            state.failedInstances.append(instance.id)
        }
        if state.notBefore.map({ draft.tasks[task].createdAt >= $0 }) ?? true {
            state.failedAttempts += 1
            let seed = draft.service.deployments[place].key.rawValue
            state.notBefore = draft.now.addingTimeInterval(delaySeconds(after: state.failedAttempts, seed: seed))
        }
        draft.deploymentStates[place].backOff = state
    }

    /// When the attempt failed that is being waited after.
    private static func failedAt(_ place: Int, in draft: Draft) -> Date? {
        let state = draft.deploymentStates[place].backOff
        let seed = draft.service.deployments[place].key.rawValue
        return state.notBefore?.addingTimeInterval(-delaySeconds(after: state.failedAttempts, seed: seed))
    }

    /// To the millisecond, as times are kept.
    ///
    /// - Parameter attempts: that failed in a row, at least 1.
    /// - Parameter seed: what tells one deployment from another.
    static func delaySeconds(after attempts: Int, seed: Int) -> Double {
        let full = min(longestSeconds, Double(1 << min(attempts - 1, 20)))
        // The finaliser of SplitMix64: neighbouring numbers get unrelated fractions.
        var mixed = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(truncatingIfNeeded: attempts)
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        let fraction = Double((mixed ^ (mixed >> 31)) >> 11) / Double(1 << 53)
        return (full * (1 - fraction / 5) * 1000).rounded(.down) / 1000
    }

    /// Whether the deployment has to wait; sets the alarm for when it is over.
    static func holds(_ place: Int, in draft: inout Draft) -> Bool {
        guard let notBefore = draft.deploymentStates[place].backOff.notBefore, draft.now < notBefore else {
            return false
        }
        draft.alarm.set(notBefore)
        return true
    }
}
