using System;

namespace VmcsGen.Kvm;

// Where a guest begins, for programs that are not started by a firmware.
public sealed unsafe partial class KvmVcpu
{
    private const ulong StartCr0 = 0x10; // ET, which is always 1.
    private const ulong StartPe = 1;
    private const ulong StartPg = 1UL << 31;
    private const ulong StartPae = 1UL << 5;
    private const ulong StartPse = 1UL << 4;
    private const ulong StartLongMode = 0x500; // LME, LMA
    private const ulong StartFlags = 2; // The bit that is always 1; interrupts are off.
    private const ushort StartCode = 0x08;
    private const ushort StartData = 0x10;

    /// <summary>
    /// Has the guest begin in real mode: in a segment of code, with the other segments at 0, all general registers 0 and interrupts
    /// off. Other state stays as it is. Source: SDM 3A 10.9.
    /// </summary>
    /// <param name="cs">The code segment.</param>
    /// <param name="ip">Where the guest begins in it.</param>
    /// <param name="sp">The stack pointer, in segment 0.</param>
    /// <exception cref="KvmException">The kernel refused.</exception>
    [NativeName("KVM_SET_SREGS")]
    public void StartInRealMode(ushort cs, ushort ip, ushort sp)
    {
        KvmSegment data = new()
        {
            Limit = 0xFFFF,
            Type = 3,
            Present = 1,
            S = 1,
        };
        GetSregs(out KvmSregs sregs);
        Begin(ref sregs, data with { Type = 0xB, Selector = cs, Base = (ulong)cs << 4 }, data);
        sregs.Cr0 = StartCr0;
        sregs.Cr4 = sregs.Efer = 0;
        sregs.Idt = new KvmDtable { Limit = 0x3FF };
        Begin(sregs, ip, sp);
    }

    /// <summary>
    /// Has the guest begin in 32-bit protected mode at CPL 0, with flat segments (code 0x08, data 0x10), all general registers 0 and
    /// interrupts off. The guest loads a GDT of its own before it loads a segment register. Source: SDM 3A 10.9.1.
    /// </summary>
    /// <param name="eip">Where it begins.</param>
    /// <param name="esp">Its stack pointer.</param>
    /// <param name="cr3">
    /// Guest physical address of its page directory, whose pages may have 4 MiB (CR4.PSE is 1); null to begin without paging.
    /// </param>
    /// <exception cref="KvmException">The kernel refused.</exception>
    [NativeName("KVM_SET_SREGS")]
    public void StartInProtectedMode(uint eip, uint esp, uint? cr3 = null)
    {
        KvmSegment data = Flat(StartData);
        GetSregs(out KvmSregs sregs);
        Begin(ref sregs, data with { Type = 0xB, Selector = StartCode }, data);
        sregs.Cr0 = StartCr0 | StartPe | (cr3 is null ? 0 : StartPg);
        sregs.Cr3 = cr3 ?? 0;
        sregs.Cr4 = cr3 is null ? 0 : StartPse;
        sregs.Efer = 0;
        Begin(sregs, eip, esp);
    }

    /// <summary>
    /// Has the guest begin in 64-bit mode at CPL 0, with flat segments (code 0x08, data 0x10), all general registers 0 and interrupts
    /// off. The guest loads a GDT of its own before it loads a segment register. Source: SDM 3A 10.8.5.
    /// </summary>
    /// <remarks>
    /// <see cref="GuestPageTables.WriteIdentityMap"/> makes tables to begin with. Give the vCPU a CPUID with long mode before, for
    /// example <see cref="CpuidBuilder.FromSupported"/>.
    /// </remarks>
    /// <param name="rip">Where it begins.</param>
    /// <param name="rsp">Its stack pointer.</param>
    /// <param name="cr3">Guest physical address of its PML4 table.</param>
    /// <exception cref="KvmException">The kernel refused.</exception>
    [NativeName("KVM_SET_SREGS")]
    public void StartInLongMode(ulong rip, ulong rsp, ulong cr3)
    {
        KvmSegment data = Flat(StartData);
        GetSregs(out KvmSregs sregs);
        Begin(ref sregs, data with { Type = 0xB, Selector = StartCode, Db = 0, L = 1 }, data);
        sregs.Cr0 = StartCr0 | StartPe | StartPg;
        sregs.Cr3 = cr3;
        sregs.Cr4 = StartPae;
        sregs.Efer = StartLongMode;
        Begin(sregs, rip, rsp);
    }

    private static KvmSegment Flat(ushort selector) =>
        new()
        {
            Limit = 0xFFFF_FFFF,
            Selector = selector,
            Type = 3,
            Present = 1,
            Db = 1,
            S = 1,
            G = 1,
        };

    private static void Begin(ref KvmSregs sregs, KvmSegment code, KvmSegment data)
    {
        sregs.Cs = code;
        sregs.Ds = sregs.Es = sregs.Fs = sregs.Gs = sregs.Ss = data;
        sregs.Gdt = sregs.Idt = default;
        sregs.Ldt = new KvmSegment { Type = 2, Present = 1 };
        sregs.Tr = new KvmSegment
        {
            Limit = 0xFFFF,
            Type = 0xB,
            Present = 1,
        };
        ((Span<ulong>)sregs.InterruptBitmap).Clear();
    }

    private void Begin(in KvmSregs sregs, ulong rip, ulong rsp)
    {
        SetSregs(sregs);
        SetRegs(
            new KvmRegs
            {
                Rip = rip,
                Rsp = rsp,
                Rflags = StartFlags,
            }
        );
    }
}
