import Testing

@testable import ControlPlaneAPI

@Suite struct TaskSizeTests {
    @Test(arguments: [
        ("256", 256), ("0", 0), ("1 vCPU", 1024), ("1vcpu", 1024), (" 2 VCPU ", 2048), (".25 vCPU", 256),
        ("0.5 vcpu", 512), ("1. vCPU", 1024), ("0.3 vCPU", 307), ("192 vCPU", 196_608), ("0.1234567890123 vCPU", 126),
    ]) func readsCPU(text: String, units: Int) {
        #expect(TaskSize.cpuUnits(text) == units)
        #expect(TaskSize(cpu: text, memory: nil) == TaskSize(cpu: "\(units)", memory: ""))
    }

    @Test(arguments: [("512", 512), ("1GB", 1024), ("0.5 GB", 512), ("30 gb", 30_720), ("999999999", 999_999_999)])
    func readsMemory(text: String, mebibytes: Int) {
        #expect(TaskSize.memoryMiB(text) == mebibytes)
    }

    @Test(arguments: [
        "", " ", "x", "-1", "+1", "1.5", ".", ". vCPU", "1..5 vCPU", "1.2.3 vCPU", "vCPU", "1 GB", "1 cpu", "1 vCPU x",
        "9999999999", "9999999999 vCPU", "0x10", "1e3", "١",
    ]) func readsNothingElseAsCPU(text: String) {
        #expect(TaskSize.cpuUnits(text) == nil)
    }
}
