import AWSModels

extension TaskDefinitionRule {
    /// Links, names and name servers, and the network modes that have them.
    ///
    /// - Source: ECS core rules, 7.3.
    static let networkMode: [Self] = [
        .container("links") { container, request in
            guard let mode = request.networkMode, mode != .bridge, container.links?.isEmpty == false else { return nil }
            return "Links are not supported when networkMode=\(mode.rawValue)."
        },
        .container("hostname") { container, request in
            request.networkMode == .awsvpc && container.hostname?.isEmpty == false
                ? "hostname is not supported on container when networkMode=awsvpc." : nil
        },
        .container("extraHosts") { container, request in
            request.networkMode == .awsvpc && container.extraHosts?.isEmpty == false
                ? "Extra hosts are not supported on container when networkMode=awsvpc." : nil
        },
        .container("dnsServers") { container, request in
            request.networkMode == .awsvpc && container.dnsServers?.isEmpty == false
                ? "DNS servers are not supported on container when networkMode=awsvpc." : nil
        },
        .container("dnsSearchDomains") { container, request in
            request.networkMode == .awsvpc && container.dnsSearchDomains?.isEmpty == false
                ? "DNS search domains are not supported on container when networkMode=awsvpc." : nil
        },
        .container("disableNetworking") { container, request in
            request.networkMode == .awsvpc && container.disableNetworking == true
                ? "Disable Networking is not supported on container when networkMode=awsvpc." : nil
        },
        .container("hostname") { container, _ in
            guard let hostname = container.hostname, !hostname.isEmpty, !isHostName(hostname) else { return nil }
            return invalid("hostname", of: container, "'\(RuleText.shown(hostname))' is not the name of a host.")
        },
        .container("extraHosts") { container, _ in
            for host in container.extraHosts ?? [] {
                if !isHostName(host.hostname ?? "") {
                    return invalid(
                        "extraHosts", of: container, "'\(RuleText.shown(host.hostname))' is not the name of a host.")
                }
                // Docker's own word for the address of the host.
                if !IPAddressText.isAddress(host.ipAddress ?? ""), host.ipAddress != "host-gateway" {
                    return invalid(
                        "extraHosts", of: container, "'\(RuleText.shown(host.ipAddress))' is not an IP address.")
                }
            }
            return nil
        },
        .container("dnsServers") { container, _ in
            (container.dnsServers ?? []).first { !IPAddressText.isAddress($0) }.map {
                invalid("dnsServers", of: container, "'\(RuleText.shown($0))' is not an IP address.")
            }
        },
        .container("dnsSearchDomains") { container, _ in
            (container.dnsSearchDomains ?? []).first { $0 != "." && !isHostName($0) }.map {
                invalid("dnsSearchDomains", of: container, "'\(RuleText.shown($0))' is not a domain.")
            }
        },
    ]

    private static func invalid(_ field: String, of container: ECS.ContainerDefinition, _ what: String) -> String {
        "Invalid '\(field)' setting for container '\(container.shownName)'. \(what)"
    }

    /// Labels of letters, digits, hyphens and underscores between dots.
    private static func isHostName(_ text: String) -> Bool {
        guard (1...Limits.hostNameLength.value).contains(text.utf8.count) else { return false }
        let name = text.hasSuffix(".") ? text.dropLast() : Substring(text)
        return name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && Names.isResourceName(String(label))
        }
    }
}
