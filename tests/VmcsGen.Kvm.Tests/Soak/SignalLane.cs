using VmcsGen.Kvm.Tests.Testing;

namespace VmcsGen.Kvm.Tests.Soak;

/// <summary>
/// One end of a connection between two VMs: an interrupt that one vCPU takes, and a doorbell that its handler rings. The handler
/// counts in guest memory what it received and what it sent; after a stop it keeps the token and counts that.
/// </summary>
internal sealed class SignalLane
{
    private const ulong Counters = Guest.DataAddress;

    private readonly KvmVm _vm;

    public SignalLane(KvmVm vm, int number, IrqfdBinding interrupt, IoeventfdBinding doorbell)
    {
        _vm = vm;
        Number = number;
        Interrupt = interrupt;
        Doorbell = doorbell;
    }

    public int Number { get; }

    public IrqfdBinding Interrupt { get; }

    public IoeventfdBinding Doorbell { get; }

    public uint Received => _vm.Memory.Read<uint>(ReceivedAddress(Number));

    public uint Sent => _vm.Memory.Read<uint>(SentAddress(Number));

    public uint Kept => _vm.Memory.Read<uint>(KeptAddress(Number));

    public static ulong ReceivedAddress(int lane) => Counters + 16ul * (ulong)lane;

    public static ulong SentAddress(int lane) => ReceivedAddress(lane) + 4;

    public static ulong KeptAddress(int lane) => ReceivedAddress(lane) + 8;

    public override string ToString() => $"received {Received}, sent {Sent}, kept {Kept}";
}
