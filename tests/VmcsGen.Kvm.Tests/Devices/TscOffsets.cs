using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Devices;

/// <summary>The attribute KVM_VCPU_TSC_OFFSET, as the guest sees it.</summary>
public class TscOffsets
{
    private const byte Port = 0x11;
    private const uint Jump = 0x10_0000; // Of the high half: months of any processor.

    [Fact]
    public void Guests_counter_moves_by_what_the_offset_moves()
    {
        using var guest = Guest.Create(
            GuestMode.Real,
            static code =>
            {
                var loop = code.CreateLabel();
                code.Label(ref loop);
                code.rdtsc();
                code.mov(eax, edx);
                code.@out(Port, eax);
                code.jmp(loop);
            },
            null,
            KvmCapability.VcpuAttributes
        );
        var (offset, before) = (guest.Vcpu.TscOffset, guest.RunToOut(Port));

        guest.Vcpu.TscOffset = offset + ((ulong)Jump << 32);

        // A KVM without offsets takes it and stays at 0. Where the host's own counter is unstable, KVM corrects the offset a little, so round.
        var moved = (uint)((guest.Vcpu.TscOffset - offset + (1ul << 31)) >> 32);
        Assert.True(moved is 0 or Jump, $"The offset moved by 0x{moved:X}.");
        Assert.InRange(guest.RunToOut(Port) - before, moved, moved + Jump / 2);
    }
}
