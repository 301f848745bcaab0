using System;
using System.Collections.Generic;
using VmcsGen.Vmx.Testing;
using static VmcsGen.Vmx.VmcsField;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>
/// The VMCS of a guest whose first instruction, CPUID, is a VM exit: every field that can be written and that the processor has. All
/// exceptions are VM exits, the IDT is empty, and the preemption timer runs where there is one, so that no mutation runs for long.
/// </summary>
internal static class BaseVmcs
{
    // SDM 3C 25.4.1.
    private const ulong Code64 = 0xA09B;
    private const ulong Code32 = 0xC09B;
    private const ulong Code16 = 0x9B;
    private const ulong Data32 = 0xC093;
    private const ulong Data16 = 0x93;
    private const ulong Data8086 = 0xF3;
    private const ulong BusyTss = 0x8B;
    private const ulong Unusable = 0x1_0000;
    private const ulong TaskLimit = 0x67;

    private const ulong Cr0PeAndPg = 0x8000_0001;
    private const ulong Cr4Pse = 1 << 4;
    private const ulong Cr4Pae = 1 << 5;
    private const ulong RflagsVm = 1 << 17;
    private const ulong EferLong = 0x500;
    private const uint EferMsr = 0xC000_0080;
    private const ulong ResetPat = 0x0007_0406_0007_0406;
    private const ulong PreemptionTimer = 1000;

    // Write-back, four levels.
    private const ulong EptPointerFlags = 0x1E;

    public static Dictionary<VmcsField, ulong> Create(GuestKind kind, VmxRig rig, FuzzMemory memory, Func<VmcsField, bool> isLeft)
    {
        var fields = new Dictionary<VmcsField, ulong>();
        foreach (var info in VmcsFields.All)
        {
            if (!info.Field.IsReadOnly && rig.Capabilities.Supports(info.Field) && !isLeft(info.Field))
                fields.Add(info.Field, 0);
        }
        PutControls(fields, kind, rig.Capabilities, memory);
        PutHost(fields, rig.Processor);
        PutGuest(fields, kind, rig, memory);
        return fields;
    }

    private static void Put(Dictionary<VmcsField, ulong> fields, VmcsField field, ulong value)
    {
        if (fields.ContainsKey(field))
            fields[field] = value;
    }

    private static void PutControls(Dictionary<VmcsField, ulong> fields, GuestKind kind, VmxCapabilities capabilities, FuzzMemory memory)
    {
        var controls = capabilities
            .Configure(
                new VmxControlSet
                {
                    PrimaryProcessorBased = new() { HltExiting = true, UnconditionalIoExiting = true },
                    SecondaryProcessorBased = new() { EnableEpt = kind.HasEpt, UnrestrictedGuest = kind.IsUnrestricted },
                    PrimaryVmExit = new() { HostAddressSpaceSize = true },
                    VmEntry = new() { Ia32eModeGuest = kind.Mode == GuestMode.Bits64 },
                },
                new VmxControlSet
                {
                    PinBased = new() { ActivateVmxPreemptionTimer = true },
                    PrimaryVmExit = new() { LoadIa32Efer = true },
                    VmEntry = new() { LoadIa32Efer = true },
                }
            )
            .ThrowIfUnsupported();
        Put(fields, VmcsField.PinBasedControls, controls.PinBased.Value);
        Put(fields, VmcsField.PrimaryProcessorBasedControls, controls.PrimaryProcessorBased.Value);
        Put(fields, VmcsField.SecondaryProcessorBasedControls, controls.SecondaryProcessorBased.Value);
        Put(fields, VmcsField.PrimaryVmExitControls, controls.PrimaryVmExit.Value);
        Put(fields, VmcsField.VmEntryControls, controls.VmEntry.Value);
        Put(fields, VmcsField.ExceptionBitmap, uint.MaxValue);
        Put(fields, VirtualProcessorIdentifier, 1);
        Put(fields, VmcsField.EptPointer, memory.EptRoot | EptPointerFlags);
        Put(fields, VmExitMsrStoreAddress, memory.ExitMsrStore);
        Put(fields, VmExitMsrLoadAddress, memory.ExitMsrLoad);
        Put(fields, VmEntryMsrLoadAddress, memory.EntryMsrLoad);
        Put(fields, VirtualApicAddress, memory.VirtualApic);
        Put(fields, TscMultiplier, 1UL << 48);
        Put(fields, EntryInstructionLength, 1);
        // Where controls refer to, should they be set.
        foreach (var info in VmcsFields.All)
        {
            if (
                info.Check is { Form: VmcsValueForm.PhysicalAddress }
                && info.Field.Type == VmcsFieldType.Control
                && fields.TryGetValue(info.Field, out var value)
                && value == 0
            )
            {
                fields[info.Field] = memory.Bitmaps;
            }
        }
    }

    private static void PutHost(Dictionary<VmcsField, ulong> fields, IVmxProcessor processor)
    {
        var host = processor.HostEnvironment;
        Put(fields, HostEsSelector, host.Es);
        Put(fields, HostCsSelector, host.Cs);
        Put(fields, HostSsSelector, host.Ss);
        Put(fields, HostDsSelector, host.Ds);
        Put(fields, HostFsSelector, host.Fs);
        Put(fields, HostGsSelector, host.Gs);
        Put(fields, HostTrSelector, host.Tr);
        Put(fields, HostFsBase, host.FsBase);
        Put(fields, HostGsBase, host.GsBase);
        Put(fields, HostTrBase, host.TrBase);
        Put(fields, HostGdtrBase, host.GdtrBase);
        Put(fields, HostIdtrBase, host.IdtrBase);
        Put(fields, HostCr0, processor.ReadControlRegister(ControlRegister.Cr0));
        Put(fields, HostCr3, processor.ReadControlRegister(ControlRegister.Cr3));
        Put(fields, HostCr4, processor.ReadControlRegister(ControlRegister.Cr4));
        Put(fields, HostRsp, host.Rsp);
        Put(fields, HostRip, host.Rip);
        Put(fields, HostIa32Efer, processor.ReadMsr(EferMsr));
        Put(fields, HostIa32Pat, ResetPat);
    }

    private static void PutGuest(Dictionary<VmcsField, ulong> fields, GuestKind kind, VmxRig rig, FuzzMemory memory)
    {
        var host = rig.Processor.HostEnvironment;
        var (cr3, cr4Set, cr4Clear) = kind.Mode switch
        {
            GuestMode.Bits64 => (fields[HostCr3], 0UL, 0UL),
            GuestMode.Pae => (memory.PaePointerTable, 0UL, 0UL),
            _ => (memory.PageDirectory, Cr4Pse, Cr4Pae),
        };
        Put(fields, GuestCr0, kind.Mode == GuestMode.Real ? fields[HostCr0] & ~Cr0PeAndPg : fields[HostCr0]);
        Put(fields, GuestCr3, cr3);
        Put(fields, GuestCr4, (fields[HostCr4] | cr4Set) & ~cr4Clear);
        if (kind is { Mode: GuestMode.Pae, HasEpt: true })
            Put(fields, GuestPdpte0, memory.PaeDirectory | 1);
        Put(fields, GuestIa32Efer, kind.Mode == GuestMode.Bits64 ? EferLong : 0);
        Put(fields, GuestIa32Pat, ResetPat);
        Put(fields, GuestDr7, 0x400);
        Put(fields, GuestRflags, kind.Mode == GuestMode.Virtual8086 ? RflagsVm | 2 : 2);
        Put(fields, VmcsLinkPointer, ulong.MaxValue);
        Put(fields, VmxPreemptionTimerValue, PreemptionTimer);
        Put(fields, GuestGdtrBase, memory.Zeros);
        Put(fields, GuestIdtrBase, memory.Zeros);
        Put(fields, GuestTrSelector, host.Tr);
        Put(fields, GuestTrBase, host.TrBase);
        Put(fields, GuestTrLimit, TaskLimit);
        Put(fields, GuestTrAccessRights, BusyTss);
        Put(fields, GuestLdtrAccessRights, Unusable);
        PutSegments(fields, kind, host, memory);
    }

    private static void PutSegments(Dictionary<VmcsField, ulong> fields, GuestKind kind, in HostEnvironment host, FuzzMemory memory)
    {
        var isFlat = kind.Mode is not (GuestMode.Virtual8086 or GuestMode.Real);
        Put(fields, GuestRip, isFlat ? memory.Code : 0);
        Put(fields, GuestRsp, isFlat ? memory.Segment + 0x8000 : 0x8000);
        for (var segment = GuestEsSelector; segment <= GuestGsSelector; segment += 2)
        {
            var isCode = segment == GuestCsSelector;
            var (selector, @base, rights) = kind.Mode switch
            {
                // Bases are selectors times 16; there is paging from there.
                GuestMode.Virtual8086 => (FuzzMemory.LowCode >> 4, FuzzMemory.LowCode, Data8086),
                GuestMode.Real => (0x1000UL, isCode ? memory.Code : memory.Segment, isCode ? Code16 : Data16),
                GuestMode.Bits64 => (isCode ? host.Cs : host.Ss, 0UL, isCode ? Code64 : Data32),
                _ => (isCode ? host.Cs : host.Ss, 0UL, isCode ? Code32 : Data32),
            };
            // Limits, access rights and bases come in the order of selectors.
            var index = segment - GuestEsSelector;
            Put(fields, segment, selector);
            Put(fields, GuestEsBase + index, @base);
            Put(fields, GuestEsLimit + index, isFlat ? uint.MaxValue : 0xFFFFUL);
            Put(fields, GuestEsAccessRights + index, rights);
        }
    }
}
