/// The deployment, or task set, that is to have the tasks.
struct Subject {
    /// Its place in the service's list.
    let place: Int
    /// How many tasks it is to have.
    let desiredCount: Int
    /// Whether other deployments' tasks give way to it: those of other task sets do not.
    let takesOver: Bool
    let bounds: RollingDeployment.Bounds

    init(place: Int, desiredCount: Int, takesOver: Bool, configuration: DeploymentConfiguration) {
        self.place = place
        self.desiredCount = desiredCount
        self.takesOver = takesOver
        bounds = RollingDeployment.Bounds(desiredCount: desiredCount, configuration)
    }
}

/// How a subject's tasks stand, and those that give way to them.
struct Census {
    struct Counts {
        var lost = 0
        var pending = 0
        var unhealthy = 0
        var maturing = 0
        var healthy = 0
        /// Only on hosts that can say when they have stopped.
        var stopping = 0

        mutating func count(_ standing: Standing, isReachable: Bool) {
            switch standing {
            case .stopped: break
            case .stopping: stopping += isReachable ? 1 : 0
            case .lost: lost += 1
            case .pending: pending += 1
            case .unhealthy: unhealthy += 1
            case .maturing: maturing += 1
            case .healthy: healthy += 1
            }
        }

        /// RUNNING or to be RUNNING.
        var counted: Int { pending + unhealthy + maturing + healthy }
        /// Those of them that do, or may yet, do their work.
        var promising: Int { pending + maturing + healthy }
    }

    /// The subject's own, on instances that stay.
    var staying = Counts()
    /// Tasks of other deployments, and those on DRAINING instances.
    var leaving = Counts()

    var counted: Int { staying.counted + leaving.counted }
    var healthy: Int { staying.healthy + leaving.healthy }
    /// Whether anything is on its way to become something else.
    var isMoving: Bool {
        staying.pending + staying.maturing + staying.stopping + leaving.pending + leaving.maturing + leaving.stopping
            > 0
    }
}

extension Draft {
    /// Whether the task is of those that the subject is about.
    func concerns(_ task: Int, _ subject: Subject) -> Bool { subject.takesOver || deployments[task] == subject.place }

    func isLeaving(_ task: Int, _ subject: Subject) -> Bool {
        deployments[task] != subject.place || Draining.isLeaving(task, in: self)
    }

    /// With what was decided so far.
    func census(_ subject: Subject) -> Census {
        var census = Census()
        for task in tasks.indices where concerns(task, subject) {
            let standing = standings[task]
            let isReachable = standing != .stopping || isReachable(task)
            if isLeaving(task, subject) {
                census.leaving.count(standing, isReachable: isReachable)
            } else {
                census.staying.count(standing, isReachable: isReachable)
            }
        }
        return census
    }

    /// The subject's own on instances that stay, or those that leave, that stand so.
    func tasks(_ subject: Subject, leaving: Bool, _ isWanted: (Standing) -> Bool) -> [Int] {
        tasks.indices.filter {
            isWanted(standings[$0]) && concerns($0, subject) && isLeaving($0, subject) == leaving
        }
    }
}
