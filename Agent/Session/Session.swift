import AgentJournal
package import AgentProtocol
package import Support

/// Keeps this host known to its control plane: joins, registers, listens, reports, and begins again when it is cut off.
///
/// ```
/// join (once) ─▶ register ─▶ listen and report ─┐
///                   ▲    ▲────── back-off ──────┤ the stream ended
///                   └────────── back-off ───────┘ the control plane does not know the instance
/// ```
package struct Session: Sendable {
    package struct Configuration: Sendable {
        package var cluster: String
        package var joinToken: String?
        /// A key given by the administrator: used if the host has none of its own and no token to get one.
        package var key: SigningKey?
        /// Signs for a control plane that looks at no signature, if there is nothing better.
        package var region: String

        package init(cluster: String, joinToken: String?, key: SigningKey?, region: String) {
            self.cluster = cluster
            self.joinToken = joinToken
            self.key = key
            self.region = region
        }

        /// What a host signs with that has not joined: the administrator's key, else one that only a control plane
        /// without authentication takes.
        var ownKey: SigningKey {
            key ?? .unauthenticated(region: region)
        }
    }

    enum Limits {
        static let reportsPerBatch = 50
        /// Requests beside a batch that takes long, and for how many heartbeats each is waited for.
        static let signsInWork = 4
        static let heartbeatsPerSign = 4
        /// Datagrams in a heartbeat, while a batch takes long.
        static let datagramsPerHeartbeat = 4
        /// A stream that lasted so long was a good one: the next attempt comes soon.
        static let goodStream: Duration = .seconds(10)
        /// Pings missed before the stream counts as dead.
        static let missedPings = 3
        /// Before the control plane has said how often it pings.
        static let firstLine: Duration = .seconds(10)
    }

    let configuration: Configuration
    let connection: any ControlPlaneConnection
    let store: any RegistrationStore
    let tasks: any HostTasks
    /// Nil on a host that has no tasks in network mode awsvpc.
    let network: (any PeerNetwork)?
    /// Asked at each registration, since a host changes.
    let describeHost: @Sendable () async throws -> InstanceRegistration
    let clock: any Clock<Duration>
    let makeSessionID: @Sendable () -> String
    let takeCredentials: @Sendable (CredentialsMessage) -> Void
    let logger: Logger
    package let status = ConnectionStatus()

    /// - Parameter takeCredentials: is given the credentials of the tasks' roles, each time all of them.
    package init(
        configuration: Configuration, connection: any ControlPlaneConnection, store: any RegistrationStore,
        tasks: any HostTasks, network: (any PeerNetwork)? = nil, clock: any Clock<Duration> = ContinuousClock(),
        logger: Logger,
        makeSessionID: @escaping @Sendable () -> String = {
            var generator = SystemRandomNumberGenerator()
            return Identifier.uuid(using: &generator)
        },
        takeCredentials: @escaping @Sendable (CredentialsMessage) -> Void,
        describeHost: @escaping @Sendable () async throws -> InstanceRegistration
    ) {
        self.configuration = configuration
        self.connection = connection
        self.store = store
        self.tasks = tasks
        self.network = network
        self.describeHost = describeHost
        self.clock = clock
        self.makeSessionID = makeSessionID
        self.takeCredentials = takeCredentials
        self.logger = logger
    }

    /// Works until it is cancelled.
    ///
    /// - Throws: ``SessionFailure`` when trying again cannot help.
    package func run(whenRegistered: @Sendable () -> Void = {}) async throws(SessionFailure) {
        var backoff = Backoff()
        while !Task.isCancelled {
            do throws(ControlPlaneError) {
                let key = try await key()
                let instance = try await register(key)
                whenRegistered()
                try await listen(instance, key, &backoff)
            } catch {
                if Task.isCancelled { return }
                try await recover(from: error)
            }
            var generator = SystemRandomNumberGenerator()
            guard (try? await clock.sleep(for: backoff.pause(using: &generator))) != nil else { return }
        }
    }

    /// Decides what to forget after a failure, so that the next attempt goes better.
    private func recover(from error: ControlPlaneError) async throws(SessionFailure) {
        status.disconnected(error.message)
        switch error.code {
        case .unavailable:
            logger.warning("the control plane is not to be reached", ["error": error.message])
        case .refused:
            logger.error("the control plane refuses this host, and is asked again", ["error": error.message])
        case .unknownInstance:
            await forgetInstance(error)
        case .accessDenied:
            logger.error("the control plane does not accept this host's key", ["error": error.message])
            let hasOwnKey = (try? await store.registration())?.key != nil
            guard !hasOwnKey, configuration.joinToken != nil else {
                // A token gets a new key; without one, an administrator has to act, and then the next attempt works.
                if hasOwnKey, configuration.joinToken != nil { await change { $0.key = nil } }
                return
            }
            throw SessionFailure(
                message:
                    "the control plane refuses the join token for cluster \(configuration.cluster): \(error.message)")
        }
    }

    /// Registers as a new instance next; with a new key, if the one it has is bound to the instance that is no more.
    private func forgetInstance(_ error: ControlPlaneError) async {
        let registration = try? await store.registration()
        if registration?.containerInstanceArn != nil {
            logger.warning("the control plane does not know this instance, registering anew", ["error": error.message])
            await change { $0.containerInstanceArn = nil }
        } else if registration?.key != nil, configuration.joinToken != nil {
            logger.warning("this host's key is for an instance that is no more, joining anew", ["error": error.message])
            await change { $0.key = nil }
        } else {
            logger.error(
                "this host cannot register with the key that it has; a join token would get it a new one",
                ["error": error.message])
        }
    }

    private func change(_ change: (inout HostRegistration) -> Void) async {
        do {
            var registration = try await store.registration()
            change(&registration)
            try await store.setRegistration(registration)
        } catch {
            logger.error("the registration cannot be remembered", ["error": "\(error)"])
        }
    }

    // MARK: - Join and register

    /// The host's own key if it has one for this cluster, else one for the token, else the administrator's, else one
    /// that only a control plane without authentication takes.
    private func key() async throws(ControlPlaneError) -> SigningKey {
        let registration = try await remembered()
        if let key = registration.key { return SigningKey(key) }
        if let token = configuration.joinToken {
            let reply = try await connection.join(JoinRequest(joinToken: token, cluster: configuration.cluster))
            try await remember { $0.key = reply }
            logger.info("joined", ["cluster": configuration.cluster, "accessKeyId": reply.accessKeyID])
            return SigningKey(reply)
        }
        return configuration.ownKey
    }

    /// What is known of this host in this cluster; nothing if it was in another one before.
    private func remembered() async throws(ControlPlaneError) -> HostRegistration {
        do {
            let registration = try await store.registration()
            return registration.cluster == configuration.cluster
                ? registration : HostRegistration(cluster: configuration.cluster)
        } catch {
            throw ControlPlaneError(code: .unavailable, message: "the journal cannot be read: \(error)")
        }
    }

    private func remember(_ change: (inout HostRegistration) -> Void) async throws(ControlPlaneError) {
        var registration = try await remembered()
        change(&registration)
        do {
            try await store.setRegistration(registration)
        } catch {
            throw ControlPlaneError(code: .unavailable, message: "the journal cannot be written: \(error)")
        }
    }

    private func register(_ key: SigningKey) async throws(ControlPlaneError) -> String {
        var description: InstanceRegistration
        do {
            description = try await describeHost()
        } catch {
            throw ControlPlaneError(code: .unavailable, message: "this host cannot be described: \(error)")
        }
        description.containerInstanceArn = try await remembered().containerInstanceArn
        let instance = try await connection.register(description, key: key)
        if instance != description.containerInstanceArn {
            try await remember { $0.containerInstanceArn = instance }
        }
        status.registered(instance)
        logger.info(
            "registered",
            [
                "cluster": configuration.cluster, "containerInstance": instance, "cpu": "\(description.cpuUnits)",
                "memoryMiB": "\(description.memoryMiB)",
            ])
        return instance
    }

    /// Holds one stream after the other, as long as the control plane knows the instance.
    private func listen(
        _ instance: String, _ key: SigningKey, _ backoff: inout Backoff
    ) async throws(ControlPlaneError) {
        while !Task.isCancelled {
            let watch = Stopwatch(clock)
            do throws(ControlPlaneError) {
                let connected = SessionStream(session: self, instance: instance, key: key, id: makeSessionID())
                try await connected.run()
            } catch {
                if Task.isCancelled { return }
                status.disconnected(error.message)
                guard error.code == .unavailable else { throw error }
                logger.warning("the stream ended", ["error": error.message])
            }
            if watch.elapsed >= Limits.goodStream { backoff.reset() }
            var generator = SystemRandomNumberGenerator()
            guard (try? await clock.sleep(for: backoff.pause(using: &generator))) != nil else { return }
        }
    }
}

/// Trying again cannot help.
package struct SessionFailure: Error, Sendable, Hashable {
    package var message: String
}
