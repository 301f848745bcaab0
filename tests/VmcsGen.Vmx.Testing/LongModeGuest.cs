using System;

namespace VmcsGen.Vmx.Testing;

/// <summary>
/// A guest by hand, without EPT: it shares the paging structures and descriptor tables of the processor's program, and executes
/// CPUID, VMCALL and HLT in 64-bit mode.
/// </summary>
public static class LongModeGuest
{
    /// <summary>CPUID; VMCALL; HLT.</summary>
    public static ReadOnlySpan<byte> Instructions => [0x0F, 0xA2, 0x0F, 0x01, 0xC1, 0xF4];

    // SDM 3C 25.4.1: present, accessed; 64-bit code, flat data, busy 64-bit TSS, and a register that is not used.
    private const uint CodeRights = 0xA09B;
    private const uint DataRights = 0xC093;
    private const uint TaskRights = 0x008B;
    private const uint Unusable = 0x1_0000;
    private const uint TaskLimit = 0x67;
    private const uint EferMsr = 0xC000_0080;

    /// <summary>Writes the guest's code and the current VMCS.</summary>
    public static void Program(VmxRig rig)
    {
        rig.Processor.Memory.Write(rig.Code, Instructions);
        WriteControls(rig);
        WriteHostState(rig);
        WriteGuestState(rig);
    }

    /// <summary>Writes the controls of the current VMCS again, with some more.</summary>
    public static void Require(VmxRig rig, VmxControlSet more)
    {
        var configuration = rig.Capabilities.Configure(
            new VmxControlSet
            {
                PinBased = more.PinBased,
                PrimaryProcessorBased = more.PrimaryProcessorBased with { HltExiting = true },
                PrimaryVmExit = more.PrimaryVmExit with { HostAddressSpaceSize = true },
                VmEntry = more.VmEntry with { Ia32eModeGuest = true },
            }
        );
        var vmcs = rig.Vmcs;
        var controls = configuration.ThrowIfUnsupported();
        vmcs.PinBasedControls = controls.PinBased;
        vmcs.PrimaryProcessorBasedControls = controls.PrimaryProcessorBased;
        vmcs.PrimaryVmExitControls = controls.PrimaryVmExit;
        vmcs.VmEntryControls = controls.VmEntry;
    }

    private static void WriteControls(VmxRig rig)
    {
        Require(rig, default);
        var vmcs = rig.Vmcs;
        foreach (
            var field in (ReadOnlySpan<VmcsField>)
                [
                    VmcsField.ExceptionBitmap,
                    VmcsField.PageFaultErrorCodeMask,
                    VmcsField.PageFaultErrorCodeMatch,
                    VmcsField.Cr3TargetCount,
                    VmcsField.VmExitMsrStoreCount,
                    VmcsField.VmExitMsrLoadCount,
                    VmcsField.VmEntryMsrLoadCount,
                    VmcsField.EntryInterruptionInformation,
                    VmcsField.Cr0GuestHostMask,
                    VmcsField.Cr4GuestHostMask,
                    VmcsField.Cr0ReadShadow,
                    VmcsField.Cr4ReadShadow,
                ]
        )
        {
            vmcs.Access.Write(field, 0);
        }
    }

    private static void WriteHostState(VmxRig rig)
    {
        var host = rig.Processor.HostEnvironment;
        var access = rig.Vmcs.Access;
        access.Write(VmcsField.HostEsSelector, host.Es);
        access.Write(VmcsField.HostCsSelector, host.Cs);
        access.Write(VmcsField.HostSsSelector, host.Ss);
        access.Write(VmcsField.HostDsSelector, host.Ds);
        access.Write(VmcsField.HostFsSelector, host.Fs);
        access.Write(VmcsField.HostGsSelector, host.Gs);
        access.Write(VmcsField.HostTrSelector, host.Tr);
        access.Write(VmcsField.HostFsBase, host.FsBase);
        access.Write(VmcsField.HostGsBase, host.GsBase);
        access.Write(VmcsField.HostTrBase, host.TrBase);
        access.Write(VmcsField.HostGdtrBase, host.GdtrBase);
        access.Write(VmcsField.HostIdtrBase, host.IdtrBase);
        access.Write(VmcsField.HostCr0, rig.Processor.ReadControlRegister(ControlRegister.Cr0));
        access.Write(VmcsField.HostCr3, rig.Processor.ReadControlRegister(ControlRegister.Cr3));
        access.Write(VmcsField.HostCr4, rig.Processor.ReadControlRegister(ControlRegister.Cr4));
        access.Write(VmcsField.HostIa32SysenterCs, 0);
        access.Write(VmcsField.HostIa32SysenterEsp, 0);
        access.Write(VmcsField.HostIa32SysenterEip, 0);
        access.Write(VmcsField.HostRsp, host.Rsp);
        access.Write(VmcsField.HostRip, host.Rip);
        if (rig.Capabilities.Supports(VmcsField.HostIa32Efer))
            access.Write(VmcsField.HostIa32Efer, rig.Processor.ReadMsr(EferMsr));
    }

    private static void WriteGuestState(VmxRig rig)
    {
        var host = rig.Processor.HostEnvironment;
        var access = rig.Vmcs.Access;
        for (var segment = VmcsField.GuestEsSelector; segment <= VmcsField.GuestTrSelector; segment += 2)
        {
            var (selector, rights) = segment switch
            {
                VmcsField.GuestCsSelector => (host.Cs, CodeRights),
                VmcsField.GuestTrSelector => (host.Tr, TaskRights),
                VmcsField.GuestLdtrSelector => ((ushort)0, Unusable),
                _ => (host.Ss, host.Ss == 0 ? Unusable : DataRights),
            };
            // Limits, access rights and bases come in the same order as selectors.
            var index = segment - VmcsField.GuestEsSelector;
            access.Write(segment, selector);
            access.Write(VmcsField.GuestEsLimit + index, rights == TaskRights ? TaskLimit : 0xFFFF_FFFF);
            access.Write(VmcsField.GuestEsAccessRights + index, rights);
            access.Write(VmcsField.GuestEsBase + index, rights == TaskRights ? host.TrBase : 0);
        }
        access.Write(VmcsField.GuestGdtrBase, host.GdtrBase);
        access.Write(VmcsField.GuestGdtrLimit, 0xFFFF);
        access.Write(VmcsField.GuestIdtrBase, host.IdtrBase);
        access.Write(VmcsField.GuestIdtrLimit, 0xFFFF);
        access.Write(VmcsField.GuestCr0, rig.Processor.ReadControlRegister(ControlRegister.Cr0));
        access.Write(VmcsField.GuestCr3, rig.Processor.ReadControlRegister(ControlRegister.Cr3));
        access.Write(VmcsField.GuestCr4, rig.Processor.ReadControlRegister(ControlRegister.Cr4));
        access.Write(VmcsField.GuestDr7, 0x400);
        access.Write(VmcsField.GuestRsp, rig.Stack);
        access.Write(VmcsField.GuestRip, rig.Code);
        access.Write(VmcsField.GuestRflags, 2);
        access.Write(VmcsField.GuestPendingDebugExceptions, 0);
        access.Write(VmcsField.GuestIa32SysenterCs, 0);
        access.Write(VmcsField.GuestIa32SysenterEsp, 0);
        access.Write(VmcsField.GuestIa32SysenterEip, 0);
        access.Write(VmcsField.GuestIa32Debugctl, 0);
        access.Write(VmcsField.GuestInterruptibilityState, 0);
        access.Write(VmcsField.GuestActivityState, 0);
        access.Write(VmcsField.VmcsLinkPointer, ulong.MaxValue);
        if (rig.Capabilities.Supports(VmcsField.GuestIa32Efer))
            access.Write(VmcsField.GuestIa32Efer, rig.Processor.ReadMsr(EferMsr));
    }
}
