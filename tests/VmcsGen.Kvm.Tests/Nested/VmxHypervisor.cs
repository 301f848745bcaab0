using System;
using System.Linq;
using Iced.Intel;
using VmcsGen.Kvm.Tests.Testing;
using VmcsGen.Vmx;
using Xunit;
using static Iced.Intel.AssemblerRegisters;
using static VmcsGen.Kvm.Tests.Nested.NestedPrograms;

namespace VmcsGen.Kvm.Tests.Nested;

/// <summary>
/// A guest that enters a guest of its own by VMLAUNCH. Its VMCS is in its memory from the beginning, in the layout in which KVM keeps it.
/// </summary>
internal static class VmxHypervisor
{
    /// <summary>Where the hypervisor goes on after an exit of its guest, unless its VMCS says otherwise.</summary>
    public const ulong ExitAddress = 0x9000;

    private const uint FeatureControl = 0x3A;
    private const ulong LockedVmxOutsideSmx = 0b101;
    private const int Vmxe = 1 << 13;
    private const ulong VmxonOperand = Guest.DataAddress;
    private const ulong VmptrldOperand = Guest.DataAddress + 8;
    private const uint ExitReasonField = 0x4402;

    /// <summary>A hypervisor whose VMCS is a vmcs12.</summary>
    /// <param name="write">The nested guest's code.</param>
    public static Guest Create(Action<Assembler> write)
    {
        var guest = Prepare(Launch(code => code.vmptrld(__qword_ptr[VmptrldOperand])), write);
        guest.Place(
            ExitAddress,
            static code =>
            {
                code.mov(eax, ExitReasonField);
                code.vmread(rax, rax);
                code.@out(ExitPort, eax);
                code.vmresume();
                code.@out(FailurePort, al);
            }
        );
        var image = Vmcs12Image.Create();
        Fill(image.Vmcs, guest);
        guest.Memory.Write(ControlStructure, image.Bytes);
        return guest;
    }

    /// <summary>A hypervisor in long mode with VMX allowed, its VMXON region and the nested guest's code.</summary>
    /// <param name="write">The hypervisor's code.</param>
    /// <param name="writeNested">The nested guest's code.</param>
    /// <param name="prepare">What is to be done with the VM before it has a vCPU.</param>
    /// <param name="required">Capabilities without which the test is skipped.</param>
    public static Guest Prepare(
        Action<Assembler> write,
        Action<Assembler> writeNested,
        Action<KvmVm>? prepare = null,
        params ReadOnlySpan<KvmCapability> required
    )
    {
        var guest = Guest.Create(GuestMode.LongSupervisor, write, prepare, [KvmCapability.NestedState, .. required]);
        if (!CpuidBuilder.FromSupported(guest.Host)[CpuidFeature.Vmx])
        {
            guest.Dispose();
            Assert.Skip("This host's KVM offers no nested VMX.");
        }
        Assert.Empty(guest.Vcpu.WriteMsrs([new KvmMsrEntry { Index = FeatureControl, Data = LockedVmxOutsideSmx }]));
        guest.Memory.Write(VmxonOperand, ProcessorPage);
        guest.Memory.Write(VmptrldOperand, ControlStructure);
        guest.Memory.Write(ProcessorPage, Capabilities(guest.Vcpu).Basic.VmcsRevisionIdentifier);
        guest.Place(NestedCode, writeNested);
        return guest;
    }

    /// <summary>Enters VMX operation and the nested guest, and reports if that fails.</summary>
    /// <param name="load">Makes the VMCS current.</param>
    public static Action<Assembler> Launch(Action<Assembler> load) =>
        code =>
        {
            code.mov(rax, cr4);
            code.or(eax, Vmxe);
            code.mov(cr4, rax);
            code.vmxon(__qword_ptr[VmxonOperand]);
            load(code);
            code.vmlaunch();
            code.@out(FailurePort, al);
        };

    /// <summary>
    /// Controls that are as few as possible, and a nested guest that begins with its hypervisor's registers, but for the instruction and
    /// stack pointers.
    /// </summary>
    public static void Fill<TAccess>(Vmcs<TAccess> vmcs, Guest guest)
        where TAccess : struct, IVmcsAccess
    {
        guest.Vcpu.GetSregs(out var sregs);
        var controls = Capabilities(guest.Vcpu)
            .Configure(
                new VmxControlSet
                {
                    PrimaryVmExit = new() { HostAddressSpaceSize = true, LoadIa32Efer = true },
                    VmEntry = new() { Ia32eModeGuest = true, LoadIa32Efer = true },
                }
            )
            .ThrowIfUnsupported();
        vmcs.PinBasedControls = controls.PinBased;
        vmcs.PrimaryProcessorBasedControls = controls.PrimaryProcessorBased;
        vmcs.PrimaryVmExitControls = controls.PrimaryVmExit;
        vmcs.VmEntryControls = controls.VmEntry;
        vmcs.VmcsLinkPointer = ulong.MaxValue;

        var cr4 = (nuint)sregs.Cr4 | Vmxe;
        (vmcs.HostCr0, vmcs.HostCr3, vmcs.HostCr4) = ((nuint)sregs.Cr0, (nuint)sregs.Cr3, cr4);
        (vmcs.GuestCr0, vmcs.GuestCr3, vmcs.GuestCr4) = ((nuint)sregs.Cr0, (nuint)sregs.Cr3, cr4);
        vmcs.HostIa32Efer = sregs.Efer;
        vmcs.GuestIa32Efer = sregs.Efer;
        (vmcs.HostRip, vmcs.HostRsp) = ((nuint)ExitAddress, (nuint)Guest.StackTop);
        (vmcs.GuestRip, vmcs.GuestRsp) = ((nuint)NestedCode, (nuint)NestedStack);
        vmcs.GuestRflags = new(2);
        vmcs.GuestDr7 = 0x400;

        (vmcs.HostCsSelector, vmcs.GuestCsSelector) = (sregs.Cs.Selector, sregs.Cs.Selector);
        (vmcs.HostSsSelector, vmcs.GuestSsSelector) = (sregs.Ss.Selector, sregs.Ss.Selector);
        (vmcs.HostDsSelector, vmcs.GuestDsSelector) = (sregs.Ds.Selector, sregs.Ds.Selector);
        (vmcs.HostEsSelector, vmcs.GuestEsSelector) = (sregs.Es.Selector, sregs.Es.Selector);
        (vmcs.HostFsSelector, vmcs.GuestFsSelector) = (sregs.Fs.Selector, sregs.Fs.Selector);
        (vmcs.HostGsSelector, vmcs.GuestGsSelector) = (sregs.Gs.Selector, sregs.Gs.Selector);
        (vmcs.HostTrSelector, vmcs.GuestTrSelector) = (sregs.Tr.Selector, sregs.Tr.Selector);
        (vmcs.HostFsBase, vmcs.GuestFsBase) = ((nuint)sregs.Fs.Base, (nuint)sregs.Fs.Base);
        (vmcs.HostTrBase, vmcs.GuestTrBase) = ((nuint)sregs.Tr.Base, (nuint)sregs.Tr.Base);
        (vmcs.GuestCsLimit, vmcs.GuestCsAccessRights) = (sregs.Cs.Limit, Rights(sregs.Cs));
        (vmcs.GuestSsLimit, vmcs.GuestSsAccessRights) = (sregs.Ss.Limit, Rights(sregs.Ss));
        (vmcs.GuestDsLimit, vmcs.GuestDsAccessRights) = (sregs.Ds.Limit, Rights(sregs.Ds));
        (vmcs.GuestEsLimit, vmcs.GuestEsAccessRights) = (sregs.Es.Limit, Rights(sregs.Es));
        (vmcs.GuestFsLimit, vmcs.GuestFsAccessRights) = (sregs.Fs.Limit, Rights(sregs.Fs));
        (vmcs.GuestGsLimit, vmcs.GuestGsAccessRights) = (sregs.Gs.Limit, Rights(sregs.Gs));
        (vmcs.GuestTrLimit, vmcs.GuestTrAccessRights) = (sregs.Tr.Limit, Rights(sregs.Tr));
        vmcs.GuestLdtrAccessRights = new SegmentAccessRights { Unusable = true };
    }

    /// <summary>What KVM offers to the hypervisor in the vCPU.</summary>
    public static VmxCapabilities Capabilities(KvmVcpu vcpu)
    {
        uint[] indices = [.. Enumerable.Range(0x480, 0x14).Select(static index => (uint)index), FeatureControl];
        var values = new MsrValues();
        foreach (var msr in vcpu.ReadMsrs(indices, out _))
            values[(VmxMsr)msr.Index] = msr.Data;
        return VmxCapabilities.Read(values);
    }

    private static SegmentAccessRights Rights(KvmSegment segment) =>
        new()
        {
            Type = segment.Type,
            CodeOrData = segment.S != 0,
            Dpl = segment.Dpl,
            Present = segment.Present != 0,
            Available = segment.Avl != 0,
            LongMode = segment.L != 0,
            DefaultBig = segment.Db != 0,
            Granularity = segment.G != 0,
        };
}
