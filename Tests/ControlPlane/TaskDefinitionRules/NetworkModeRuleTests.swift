import AWSModels
import Testing

@testable import ControlPlaneAPI

@Suite struct NetworkModeRuleTests {
    static func invalid(_ field: String, _ what: String) -> String {
        "Invalid '\(field)' setting for container 'app'. \(what)"
    }

    static func host(_ name: String, _ address: String) -> [ECS.HostEntry] {
        [ECS.HostEntry(hostname: name, ipAddress: address)]
    }

    static let cases: [RuleCase] = [
        .refused("links in awsvpc", "Links are not supported when networkMode=awsvpc.") {
            $0.networkMode = .awsvpc
            $0.add("db")
            $0.app.links = ["db"]
        },
        .refused("links in host", "Links are not supported when networkMode=host.") {
            $0.networkMode = .host
            $0.add("db")
            $0.app.links = ["db"]
        },
        .accepted("links in bridge") {
            $0.networkMode = .bridge
            $0.add("db")
            $0.app.links = ["db"]
        },
        .refused("a host name in awsvpc", "hostname is not supported on container when networkMode=awsvpc.") {
            $0.networkMode = .awsvpc
            $0.app.hostname = "web"
        },
        .refused("extra hosts in awsvpc", "Extra hosts are not supported on container when networkMode=awsvpc.") {
            $0.networkMode = .awsvpc
            $0.app.extraHosts = host("db", "10.0.0.1")
        },
        .refused("DNS servers in awsvpc", "DNS servers are not supported on container when networkMode=awsvpc.") {
            $0.networkMode = .awsvpc
            $0.app.dnsServers = ["10.0.0.1"]
        },
        .refused("domains in awsvpc", "DNS search domains are not supported on container when networkMode=awsvpc.") {
            $0.networkMode = .awsvpc
            $0.app.dnsSearchDomains = ["example.com"]
        },
        .refused("no network in awsvpc", "Disable Networking is not supported on container when networkMode=awsvpc.") {
            $0.networkMode = .awsvpc
            $0.app.disableNetworking = true
        },
        .accepted("empty lists in awsvpc") {
            $0.networkMode = .awsvpc
            $0.app.links = []
            $0.app.hostname = ""
            $0.app.extraHosts = []
            $0.app.dnsServers = []
            $0.app.dnsSearchDomains = []
            $0.app.disableNetworking = false
        },
        .refused("a host name with a space", invalid("hostname", "'a b' is not the name of a host.")) {
            $0.app.hostname = "a b"
        },
        .refused("a host name that is an option", invalid("hostname", "'-h' is not the name of a host.")) {
            $0.app.hostname = "-h"
        },
        .refused("an extra host without name", invalid("extraHosts", "'' is not the name of a host.")) {
            $0.app.extraHosts = host("", "10.0.0.1")
        },
        .refused("an extra host without address", invalid("extraHosts", "'db' is not an IP address.")) {
            $0.app.extraHosts = host("db", "db")
        },
        .refused("a DNS server by name", invalid("dnsServers", "'ns.example.com' is not an IP address.")) {
            $0.app.dnsServers = ["10.0.0.1", "ns.example.com"]
        },
        .refused("a domain with a slash", invalid("dnsSearchDomains", "'a/b' is not a domain.")) {
            $0.app.dnsSearchDomains = ["a/b"]
        },
        .accepted("names and servers in bridge") {
            $0.app.hostname = "web-1.example.com"
            $0.app.extraHosts = host("db", "fd00::1") + host("host", "host-gateway")
            $0.app.dnsServers = ["10.0.0.2"]
            $0.app.dnsSearchDomains = [".", "_srv.example.com."]
            $0.app.disableNetworking = true
        },
    ]

    @Test(arguments: cases) func registrationSays(_ ruleCase: RuleCase) { ruleCase.verify() }

    @Test(arguments: [
        "0.0.0.0", "255.255.255.255", "::", "::1", "1::", "2001:db8::8:800:200c:417a", "1:2:3:4:5:6:7:8",
        "::ffff:10.0.0.1", "1:2:3:4:5:6:10.0.0.1", "ABCD::ef01",
    ]) func isAnAddress(text: String) {
        #expect(IPAddressText.isAddress(text))
    }

    @Test(arguments: [
        "", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.x", "1.2.3.-4", ":", ":::", "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "g::", "10.0.0.1::", "::1.2.3", "1:2:3:4:5:6:7::8:9", "::1%eth0",
    ]) func isNoAddress(text: String) {
        #expect(!IPAddressText.isAddress(text))
    }
}
