using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Refusals;

/// <summary>
/// KVM says of wrong system registers that something is wrong. The exception says what: tried with every bit of every register
/// changed, from a state in each mode, against the KVM that is there.
/// </summary>
public class RefusedSregs
{
    // A register by its name in messages, and how to change it.
    private static readonly (string Name, Func<KvmSregs, ulong> Read, Func<KvmSregs, ulong, KvmSregs> With)[] s_registers =
    [
        ("CR0", static sregs => sregs.Cr0, static (sregs, value) => sregs with { Cr0 = value }),
        ("CR2", static sregs => sregs.Cr2, static (sregs, value) => sregs with { Cr2 = value }),
        ("CR3", static sregs => sregs.Cr3, static (sregs, value) => sregs with { Cr3 = value }),
        ("CR4", static sregs => sregs.Cr4, static (sregs, value) => sregs with { Cr4 = value }),
        ("CR8", static sregs => sregs.Cr8, static (sregs, value) => sregs with { Cr8 = value }),
        ("EFER", static sregs => sregs.Efer, static (sregs, value) => sregs with { Efer = value }),
        ("the APIC base", static sregs => sregs.ApicBase, static (sregs, value) => sregs with { ApicBase = value }),
    ];

    [Theory]
    [InlineData(GuestMode.Real)]
    [InlineData(GuestMode.Protected)]
    [InlineData(GuestMode.LongSupervisor)]
    public void Every_single_bit_that_is_refused_is_named(GuestMode mode)
    {
        using var guest = Guest.Create(mode, static code => code.hlt());
        guest.Vcpu.GetSregs(out var before);
        var refused = new List<string>();
        var unexplained = new List<string>();

        foreach (var (name, read, with) in s_registers)
        {
            for (var bit = 0; bit < 64; bit++)
            {
                var message = RefusalOf(guest.Vcpu, with(before, read(before) ^ 1ul << bit));
                if (message is null)
                    continue;
                refused.Add($"{name} bit {bit}");
                // The bit itself, wherever it is the one that KVM minds.
                var isNamed =
                    message.Contains(name, StringComparison.Ordinal)
                    && (
                        message.Contains($"(bit {bit})", StringComparison.Ordinal)
                        || message.Contains($"it {bit} of {name}", StringComparison.Ordinal)
                    );
                if (!isNamed)
                    unexplained.Add($"{name} bit {bit}: {message}");
            }
        }
        guest.Vcpu.SetSregs(before);

        Assert.True(unexplained.Count == 0, string.Join(Environment.NewLine, unexplained));
        Assert.Contains("CR4 bit 63", refused);
        Assert.Contains("the APIC base bit 63", refused);
        Assert.Equal(mode == GuestMode.LongSupervisor, refused.Contains("CR3 bit 62"));
        Assert.Equal(mode == GuestMode.LongSupervisor, refused.Contains("CR4 bit 5"));
    }

    [Theory]
    [InlineData(GuestMode.Real)]
    [InlineData(GuestMode.LongSupervisor)]
    public void Every_single_bit_of_the_rest_that_is_refused_is_named(GuestMode mode)
    {
        using var guest = Guest.Create(mode, static code => code.hlt());
        guest.Vcpu.GetSregs(out var before);
        var size = Unsafe.SizeOf<KvmSregs>();
        var offsets = Enumerable
            .Range(0, size)
            .Where(static offset => offset < (int)System.Runtime.InteropServices.Marshal.OffsetOf<KvmSregs>(nameof(KvmSregs.Cr0)));
        foreach (var offset in offsets)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                var sregs = before;
                Unsafe.Add(ref Unsafe.As<KvmSregs, byte>(ref sregs), offset) ^= (byte)(1 << bit);
                var message = RefusalOf(guest.Vcpu, sregs);
                // Of segments and tables KVM looks at one bit only.
                Assert.True(message is null || message.Contains("CS.L", StringComparison.Ordinal), $"offset {offset} bit {bit}: {message}");
            }
        }
        guest.Vcpu.SetSregs(before);
    }

    [Fact]
    public void Several_mistakes_are_all_named()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        guest.Vcpu.GetSregs(out var sregs);
        sregs.Cr4 |= 1ul << 40;
        sregs.Efer |= 1 << 10;
        sregs.ApicBase |= 2;

        var message = RefusalOf(guest.Vcpu, sregs);

        Assert.NotNull(message);
        Assert.Contains("Bit 40 of CR4 is 1", message, StringComparison.Ordinal);
        Assert.Contains("EFER.LMA (bit 10) is 1", message, StringComparison.Ordinal);
        Assert.Contains("Bit 1 of the APIC base is 1", message, StringComparison.Ordinal);
    }

    // Whether a KVM minds CR0 depends on its age.
    [Theory]
    [InlineData("CR0.PG (bit 31) is 1 and CR0.PE (bit 0) is 0", 0x8000_0010ul, 0ul, 0ul, false)]
    [InlineData("CR0.NW (bit 29) is 1 and CR0.CD (bit 30) is 0", 0x2000_0011ul, 0ul, 0ul, false)]
    [InlineData("EFER.LMA (bit 10) is 1, but CR0.PG (bit 31) is 1 and EFER.LME (bit 8) is 0", 0x8000_0011ul, 0x20ul, 0x400ul, true)]
    [InlineData("CR4.PAE (bit 5) is 0", 0x8000_0011ul, 0ul, 0x500ul, true)]
    [InlineData("EFER.LMA (bit 10) is 0", 0x8000_0011ul, 0x20ul, 0x100ul, true)]
    public void Mistake_is_named(string expected, ulong cr0, ulong cr4, ulong efer, bool isAlwaysRefused)
    {
        using var guest = Guest.Create(GuestMode.Protected, static code => code.hlt());
        guest.Vcpu.GetSregs(out var sregs);

        var message = RefusalOf(guest.Vcpu, sregs with { Cr0 = cr0, Cr4 = cr4, Efer = efer });

        if (message is not null)
            Assert.Contains(expected, message, StringComparison.Ordinal);
        else
            Assert.False(isAlwaysRefused);
        List<string> broken = [];
        SregsRules.Check(broken, new CpuidBuilder(), new(cr0, 0, cr4, efer, sregs.ApicBase, false));
        Assert.Contains(broken, text => text.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void Extended_control_register_is_named_with_its_bit()
    {
        using var guest = Guest.Create(GuestMode.LongSupervisor, static code => code.hlt());
        guest.Vcpu.GetXcrs(out var before);
        for (var bit = 0; bit < 64; bit++)
        {
            var xcrs = before;
            xcrs.Xcrs[0].Value ^= 1ul << bit;
            try
            {
                guest.Vcpu.SetXcrs(xcrs);
            }
            catch (KvmException refusal)
            {
                Assert.Equal(Errno.EINVAL, refusal.Errno);
                Assert.Matches($@"XCR0\.?.*\(bits? {bit}\)|bit {bit} of XCR0|bits [0-9]+ to [0-9]+|\(bit {bit}\)", refusal.Message);
            }
        }
        var reserved = before;
        reserved.Xcrs[0].Value |= 1ul << 60;
        Assert.Contains(
            "bit 60 of XCR0 is 1",
            Assert.Throws<KvmException>(() => guest.Vcpu.SetXcrs(reserved)).Message,
            StringComparison.Ordinal
        );
        var missing = before;
        missing.Xcrs[0].Value &= ~1ul;
        Assert.Contains(
            "XCR0.x87 (bit 0) is 0",
            Assert.Throws<KvmException>(() => guest.Vcpu.SetXcrs(missing)).Message,
            StringComparison.Ordinal
        );
        var flags = before;
        flags.Flags = 4;
        Assert.Contains("flags 0x4", Assert.Throws<KvmException>(() => guest.Vcpu.SetXcrs(flags)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Extended_state_is_named_with_its_bit()
    {
        using var guest = Guest.Create(GuestMode.LongSupervisor, static code => code.hlt());
        guest.Vcpu.GetXsave(out var before);
        // KVM looks at MXCSR if the area has SSE state (bit 1 of XSTATE_BV).
        System.Runtime.InteropServices.MemoryMarshal.AsBytes(new Span<KvmXsave>(ref before))[512] |= 2;
        Assert.Contains("Bit 30 of MXCSR", RefusalOf(24, 0x4000_0000), StringComparison.Ordinal);
        Assert.Contains("bit 60 of XSTATE_BV is 1", RefusalOf(516, 1 << 28), StringComparison.Ordinal);
        Assert.Contains("XCOMP_BV (offset 520) is 0x1", RefusalOf(520, 1), StringComparison.Ordinal);
        Assert.Contains("offset 536", RefusalOf(536, 1), StringComparison.Ordinal);

        string RefusalOf(int offset, int bits)
        {
            var area = new byte[guest.Vcpu.XsaveSize];
            System.Runtime.InteropServices.MemoryMarshal.AsBytes(new ReadOnlySpan<KvmXsave>(in before)).CopyTo(area);
            BitConverter.TryWriteBytes(area.AsSpan(offset), BitConverter.ToInt32(area, offset) | bits);
            return Assert.Throws<KvmException>(() => guest.Vcpu.SetXsave(area)).Message;
        }
    }

    [Fact]
    public void Cpuid_is_named_with_its_leaf()
    {
        using var guest = Guest.Create(GuestMode.LongSupervisor, static code => code.@out(0x11, Iced.Intel.AssemblerRegisters.al));
        var cpuid = CpuidBuilder.FromSupported(guest.Host);
        cpuid.Edit(0x8000_0008, 0, static (ref KvmCpuidEntry2 entry) => entry.Eax = (entry.Eax & ~0xFF00u) | 0x3300);
        Assert.Contains(
            "linear addresses 51 bits",
            Assert.Throws<KvmException>(() => guest.Vcpu.SetCpuid2(cpuid)).Message,
            StringComparison.Ordinal
        );

        guest.RunToOut(0x11);
        var other = new CpuidBuilder(guest.Vcpu.GetCpuid2().Entries);
        other.BrandString = "other";
        try
        {
            guest.Vcpu.SetCpuid2(other);
            Assert.Skip("This KVM lets CPUID change after the vCPU has run.");
        }
        catch (KvmException refusal)
        {
            Assert.Contains("Leaf 0x80000002 differs", refusal.Message, StringComparison.Ordinal);
            Assert.Contains("before the first Run", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Events_are_named_with_their_member()
    {
        using var guest = Guest.Create(GuestMode.LongSupervisor, static code => code.hlt());
        guest.Vcpu.GetVcpuEvents(out var before);

        var vector = before;
        (vector.Exception.Injected, vector.Exception.Nr) = (1, 2);
        Assert.Contains("exception.nr is 2", RefusalOf(vector), StringComparison.Ordinal);
        vector.Exception.Nr = 32;
        Assert.Contains("exception.nr is 32", RefusalOf(vector), StringComparison.Ordinal);

        var flags = before;
        flags.Flags |= (KvmVcpuEventFlags)0x8000;
        Assert.Contains("flags 0x8000", RefusalOf(flags), StringComparison.Ordinal);
        flags = before;
        flags.Flags |= KvmVcpuEventFlags.Payload;
        Assert.Contains("KVM_CAP_EXCEPTION_PAYLOAD is not enabled", RefusalOf(flags), StringComparison.Ordinal);

        string RefusalOf(KvmVcpuEvents events) => Assert.Throws<KvmException>(() => guest.Vcpu.SetVcpuEvents(events)).Message;
    }

    private static string? RefusalOf(KvmVcpu vcpu, in KvmSregs sregs)
    {
        try
        {
            vcpu.SetSregs(sregs);
            return null;
        }
        catch (KvmException refusal)
        {
            Assert.Equal(Errno.EINVAL, refusal.Errno);
            return refusal.Remedy ?? "";
        }
    }
}
