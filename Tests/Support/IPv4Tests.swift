import Support
import Testing

@Suite struct IPv4Tests {
    @Test(arguments: ["0.0.0.0", "10.192.0.4", "255.255.255.255"]) func addressesComeOutAsTheyWentIn(text: String) {
        #expect(IPv4Address(text)?.description == text)
    }

    @Test(arguments: ["", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.+4", " 1.2.3.4", "a.b.c.d", "1..2.3"])
    func nothingElseIsAnAddress(text: String) {
        #expect(IPv4Address(text) == nil)
    }

    @Test(arguments: ["10.192.0.0/12", "0.0.0.0/0", "10.0.0.1/32"]) func networksComeOutAsTheyWentIn(text: String) {
        #expect(IPv4Network(text)?.description == text)
    }

    @Test(arguments: ["10.0.0.0", "10.0.0.1/31", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.0/8/8", "/8"])
    func nothingElseIsANetwork(text: String) {
        #expect(IPv4Network(text) == nil)
    }

    @Test func networksAreDivided() throws {
        let network = try #require(IPv4Network("10.192.0.0/12"))
        #expect(network.count == 1 << 20)
        #expect(network.block(0, prefixLength: 16)?.description == "10.192.0.0/16")
        #expect(network.block(15, prefixLength: 16)?.description == "10.207.0.0/16")
        #expect(network.block(16, prefixLength: 16) == nil)
        #expect(network.block(-1, prefixLength: 16) == nil)
        #expect(network.block(0, prefixLength: 11) == nil)
        #expect(network[1]?.description == "10.192.0.1")
        #expect(network[(1 << 20) - 1]?.description == "10.207.255.255")
        #expect(network[1 << 20] == nil)
        #expect(network[-1] == nil)
    }

    @Test func networksContainWhatIsInThem() throws {
        let network = try #require(IPv4Network("10.192.0.64/26"))
        #expect(network.contains(try #require(IPv4Address("10.192.0.64"))))
        #expect(network.contains(try #require(IPv4Address("10.192.0.127"))))
        #expect(!network.contains(try #require(IPv4Address("10.192.0.128"))))
        #expect(network.contains(try #require(IPv4Network("10.192.0.96/27"))))
        #expect(!network.contains(try #require(IPv4Network("10.192.0.0/25"))))
        let inside = try #require(IPv4Address("10.192.0.99"))
        #expect(IPv4Network(around: inside, prefixLength: 26) == network)
        #expect(IPv4Network(around: inside, prefixLength: 0).description == "0.0.0.0/0")
    }

    @Test(arguments: ["0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255"]) func noHostHas(text: String) throws {
        #expect(try #require(IPv4Address(text)).isOfHost == false)
    }
}
