using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using VmcsGen.Vmx.Software;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Creation;

/// <summary>The steps of creating a vCPU, in order (SDM 3C 32.5 and 32.6).</summary>
internal static class VmxCreationSteps
{
    internal static IReadOnlyList<VmxCreationStep> All { get; } =
    [
        new("Read the capabilities", "SDM 3D appendix A", static c => c.Capabilities = c.Processor.Capabilities),
        new("Fit the controls", "SDM 3C 32.5.1", static c => c.Controls = VmxCreationControls.Fit(c.Builder, c.Capabilities)),
        new("Allow VMXON", "SDM 3C 24.7", AllowVmxon),
        new("Set the fixed bits of CR0 and CR4", "SDM 3C 24.8", SetFixedBits),
        new("Enter VMX operation", "SDM 3C 32.5", EnterVmxOperation),
        new("Allocate a VPID", "SDM 3C 29.1", AllocateVpid),
        new("Clear a VMCS", "SDM 3C 25.11.3", ClearVmcs),
        new("Make the VMCS current", "SDM 3C 25.11.3", LoadVmcs),
        new("Write the controls", "SDM 3C 25.6 to 25.8", WriteControls),
        new("Map memory by EPT", "SDM 3C 29.3", MapMemory),
        new("Write the bitmaps", "SDM 3C 25.6.4 and 25.6.9", WriteBitmaps),
        new("Set up the page-modification log", "SDM 3C 29.3.6", SetUpPageModificationLog),
        new("Set up the MSR areas", "SDM 3C 25.7.2 and 25.8.2", SetUpMsrAreas),
        new("Write the host state", "SDM 3C 25.5", WriteHostState),
        new(
            "Write the guest state",
            "SDM 3C 25.4",
            static c => VmxGuestStateFields.Write(c.Builder.Guest, c.Access, c.Capabilities, c.Controls)
        ),
    ];

    // Once locked it stays so until reset: the one thing that is not undone.
    private static void AllowVmxon(VmxCreation creation) => VmxOperation.Allow(creation.Processor);

    private static void SetFixedBits(VmxCreation creation)
    {
        var operation = VmxOperation.Join(creation.Processor);
        creation.Operation = operation;
        creation.Undo.Add(operation.Leave);
        if (operation.IsNew)
            operation.SetFixedBits(creation.Processor, creation.Capabilities);
    }

    private static void EnterVmxOperation(VmxCreation creation)
    {
        if (creation.Operation.IsNew)
            creation.Operation.Enter(creation.Processor, creation.Builder.Pages, creation.Capabilities);
    }

    private static void AllocateVpid(VmxCreation creation)
    {
        if (!creation.Controls.SecondaryProcessorBased.EnableVpid)
            return;
        var vpid = creation.Builder.Vpids.Allocate();
        creation.Vpid = vpid;
        creation.Undo.Add(() => creation.Builder.Vpids.Free(vpid));
        // Whoever had it before may have left translations.
        if (creation.Capabilities.EptVpid.InvvpidSingleContext)
            creation.Processor.Invvpid(InvvpidType.SingleContext, new InvvpidDescriptor(vpid)).ThrowIfFailed($"INVVPID of VPID {vpid}");
    }

    private static void ClearVmcs(VmxCreation creation)
    {
        var page = new byte[VmxPage.Size];
        new VmcsRegion(page).Initialize(creation.Capabilities.Basic);
        creation.Region = creation.TakePage(page);
        creation.Processor.Vmclear(creation.Region).ThrowIfFailed($"VMCLEAR 0x{creation.Region:X}");
    }

    private static void LoadVmcs(VmxCreation creation)
    {
        creation.Processor.Vmptrst(out var previous).ThrowIfFailed("VMPTRST");
        creation.PreviousVmcs = previous;
        creation.Processor.Vmptrld(creation.Region).ThrowIfFailed($"VMPTRLD 0x{creation.Region:X}");
        creation.Undo.Add(() =>
        {
            creation.Processor.Vmclear(creation.Region).ThrowIfFailed($"VMCLEAR 0x{creation.Region:X}");
            if (creation.PreviousVmcs != ulong.MaxValue)
                creation.Processor.Vmptrld(creation.PreviousVmcs).ThrowIfFailed($"VMPTRLD 0x{creation.PreviousVmcs:X}");
        });
    }

    private static void WriteControls(VmxCreation creation)
    {
        creation.Draft.Clear();
        creation.Controls.WriteTo(new Vmcs<DraftAccess>(creation.Access));
        if (creation.Vpid != 0)
            creation.Access.Write(VmcsField.VirtualProcessorIdentifier, creation.Vpid);
    }

    private static void MapMemory(VmxCreation creation)
    {
        if (!creation.Controls.SecondaryProcessorBased.EnableEpt)
            return;
        creation.Ept = creation.Builder.Ept ?? CreateMap(creation);
        creation.Access.Write(VmcsField.EptPointer, creation.Ept.EptPointer.Value);
    }

    private static EptMap CreateMap(VmxCreation creation)
    {
        var ept = new EptMap(creation.Builder.Pages, creation.Capabilities, creation.Builder.GuestPhysicalAddressWidth);
        creation.Undo.Add(ept.Dispose);
        foreach (var mapping in creation.Builder.Memory)
            ept.Map(mapping);
        return ept;
    }

    private static void WriteBitmaps(VmxCreation creation)
    {
        var primary = creation.Controls.PrimaryProcessorBased;
        var msrs = creation.Builder.MsrBitmap.Span;
        var ports = creation.Builder.IoBitmaps.Span;
        if (primary.UseMsrBitmaps)
            creation.Access.Write(VmcsField.MsrBitmap, creation.TakePage(msrs));
        if (!primary.UseIoBitmaps)
            return;
        creation.Access.Write(VmcsField.IoBitmapA, creation.TakePage(ports[..(ports.Length / 2)]));
        creation.Access.Write(VmcsField.IoBitmapB, creation.TakePage(ports[(ports.Length / 2)..]));
    }

    private static void SetUpPageModificationLog(VmxCreation creation)
    {
        if (!creation.Controls.SecondaryProcessorBased.EnablePml)
            return;
        creation.PmlPage = creation.TakePage();
        creation.Access.Write(VmcsField.PmlAddress, creation.PmlPage.Value);
        creation.Access.Write(VmcsField.PmlIndex, PmlBuffer.EmptyIndex);
    }

    // VM exits store the guest's MSRs where VM entries load them from, and load the processor's own.
    private static void SetUpMsrAreas(VmxCreation creation)
    {
        var msrs = creation.Builder.GuestMsrs;
        if (msrs.Count == 0)
            return;
        var most = VmxPage.Size / Marshal.SizeOf<MsrAreaEntry>();
        if (msrs.Count > most)
            throw new NotSupportedException($"{msrs.Count} MSRs do not fit into an area of one page, which has room for {most}.");
        var guestArea = new MsrArea(new byte[VmxPage.Size]);
        var hostArea = new MsrArea(new byte[VmxPage.Size]);
        foreach (var (msr, value) in msrs)
        {
            guestArea.Set(msr, value);
            hostArea.Set(msr, creation.Processor.ReadMsr(msr));
        }
        var guestPage = creation.TakePage(MemoryMarshal.AsBytes(guestArea.Entries));
        var hostPage = creation.TakePage(MemoryMarshal.AsBytes(hostArea.Entries));
        var access = creation.Access;
        access.Write(VmcsField.VmEntryMsrLoadAddress, guestPage);
        access.Write(VmcsField.VmEntryMsrLoadCount, (uint)msrs.Count);
        access.Write(VmcsField.VmExitMsrStoreAddress, guestPage);
        access.Write(VmcsField.VmExitMsrStoreCount, (uint)msrs.Count);
        access.Write(VmcsField.VmExitMsrLoadAddress, hostPage);
        access.Write(VmcsField.VmExitMsrLoadCount, (uint)msrs.Count);
        creation.GuestMsrArea = guestPage;
    }

    private static void WriteHostState(VmxCreation creation)
    {
        var processor = creation.Processor;
        var host = processor.HostEnvironment;
        var vmcs = new Vmcs<DraftAccess>(creation.Access);
        vmcs.HostCr0 = (nuint)processor.ReadControlRegister(ControlRegister.Cr0);
        vmcs.HostCr3 = (nuint)processor.ReadControlRegister(ControlRegister.Cr3);
        vmcs.HostCr4 = (nuint)processor.ReadControlRegister(ControlRegister.Cr4);
        vmcs.HostEsSelector = host.Es;
        vmcs.HostCsSelector = host.Cs;
        vmcs.HostSsSelector = host.Ss;
        vmcs.HostDsSelector = host.Ds;
        vmcs.HostFsSelector = host.Fs;
        vmcs.HostGsSelector = host.Gs;
        vmcs.HostTrSelector = host.Tr;
        vmcs.HostFsBase = (nuint)host.FsBase;
        vmcs.HostGsBase = (nuint)host.GsBase;
        vmcs.HostTrBase = (nuint)host.TrBase;
        vmcs.HostGdtrBase = (nuint)host.GdtrBase;
        vmcs.HostIdtrBase = (nuint)host.IdtrBase;
        vmcs.HostRip = (nuint)host.Rip;
        vmcs.HostRsp = (nuint)host.Rsp;
        vmcs.HostIa32SysenterCs = (uint)processor.ReadMsr(SoftwareMsrs.SysenterCs);
        vmcs.HostIa32SysenterEsp = (nuint)processor.ReadMsr(SoftwareMsrs.SysenterEsp);
        vmcs.HostIa32SysenterEip = (nuint)processor.ReadMsr(SoftwareMsrs.SysenterEip);
        if (creation.Controls.PrimaryVmExit.LoadIa32Pat)
            vmcs.HostIa32Pat = processor.ReadMsr(SoftwareMsrs.Pat);
        if (creation.Controls.PrimaryVmExit.LoadIa32Efer)
            vmcs.HostIa32Efer = processor.ReadMsr(SoftwareMsrs.Efer);
    }
}
