using System;
using VmcsGen.Vmx.Entry;
using VmcsGen.Vmx.Software;

namespace VmcsGen.Vmx.Creation;

// The state of a processor, to be lifted into a guest.
public sealed partial record VmxGuestState
{
    private const uint SegmentTableSelectorBit = 4;
    private const ulong Cr4Vmxe = 1UL << 13;

    /// <summary>
    /// The state of a processor as it is now, for a guest that goes on where its program is: control registers, segments with what their
    /// descriptors say, descriptor tables, DR7 and the MSRs that a VMCS has fields for. In a guest with this state, EPT that maps memory to
    /// itself (<see cref="EptMap.Identity"/>) and no VM exits that it does not expect, a running system does not notice the hypervisor.
    /// </summary>
    /// <remarks>
    /// CR4.VMXE counts as 0, since it is the hypervisor's. What VM entry loads under controls that the builder does not set, such as CET,
    /// FRED, PKRS and performance counters, stays in the processor's own registers, and the guest goes on with it.
    /// </remarks>
    /// <param name="processor">The processor, in 64-bit mode at CPL 0.</param>
    /// <param name="rip">Where the guest goes on.</param>
    /// <param name="rsp">Its stack pointer there.</param>
    /// <param name="rflags">RFLAGS there.</param>
    /// <exception cref="InvalidOperationException">
    /// The GDT is not mapped, a selector lies beyond its end, or a segment is in the LDT and there is none.
    /// </exception>
    /// <exception cref="ProcessorFaultException">#GP: an MSR is missing that every processor with VMX has.</exception>
    public static VmxGuestState Capture(IVmxProcessor processor, ulong rip, ulong rsp, ulong rflags = RegisterBits.RflagsFixed)
    {
        ArgumentNullException.ThrowIfNull(processor);
        var host = processor.HostEnvironment;
        var gdt = new DescriptorTable(processor, "GDT", host.GdtrBase, host.GdtrLimit);
        var ldtr = gdt.ReadSystem(host.Ldtr);
        var ldt = ldtr.AccessRights.Unusable
            ? null
            : new DescriptorTable(processor, "LDT", ldtr.Base, (ushort)Math.Min(ldtr.Limit, ushort.MaxValue));
        return new()
        {
            Rip = rip,
            Rsp = rsp,
            Rflags = rflags,
            Cr0 = processor.ReadControlRegister(ControlRegister.Cr0),
            Cr3 = processor.ReadControlRegister(ControlRegister.Cr3),
            Cr4 = processor.ReadControlRegister(ControlRegister.Cr4) & ~Cr4Vmxe,
            Efer = processor.ReadMsr(SoftwareMsrs.Efer),
            Pat = processor.ReadMsr(SoftwareMsrs.Pat),
            Dr7 = host.Dr7,
            Debugctl = processor.TryReadMsr(SoftwareMsrs.Debugctl, out var debugctl) ? debugctl : 0,
            SysenterCs = (uint)processor.ReadMsr(SoftwareMsrs.SysenterCs),
            SysenterEsp = processor.ReadMsr(SoftwareMsrs.SysenterEsp),
            SysenterEip = processor.ReadMsr(SoftwareMsrs.SysenterEip),
            Cs = Segment(host.Cs),
            Ss = Segment(host.Ss),
            Ds = Segment(host.Ds),
            Es = Segment(host.Es),
            // SDM 3A 3.4.4.1: in 64-bit mode their bases are MSRs.
            Fs = Segment(host.Fs) with
            {
                Base = processor.ReadMsr(SoftwareMsrs.FsBase),
            },
            Gs = Segment(host.Gs) with { Base = processor.ReadMsr(SoftwareMsrs.GsBase) },
            Tr = Busy(gdt.ReadSystem(host.Tr)),
            Ldtr = ldtr,
            GdtrBase = host.GdtrBase,
            GdtrLimit = host.GdtrLimit,
            IdtrBase = host.IdtrBase,
            IdtrLimit = host.IdtrLimit,
        };

        VmxSegment Segment(ushort selector)
        {
            if ((selector & SegmentTableSelectorBit) == 0)
                return gdt.Read(selector);
            return ldt?.Read(selector)
                ?? throw new InvalidOperationException($"The selector 0x{selector:X} is one of the LDT, and the LDT register is 0.");
        }
    }

    // LTR has marked the TSS busy in the register, whatever the descriptor says since (SDM 3A 8.2.2).
    private static VmxSegment Busy(in VmxSegment task) =>
        task with
        {
            AccessRights = task.AccessRights with { Type = task.AccessRights.Type | 2 },
        };
}
