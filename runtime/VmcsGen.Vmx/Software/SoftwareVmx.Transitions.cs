using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using VmcsGen.Vmx.Entry;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Software;

// What VM entry and VM exit do to the processor's own registers (SDM 3C 27.3.2, 27.4, 28.3 to 28.6).
public sealed partial class SoftwareVmx
{
    private MsrAreaEntry[] _msrArea = [];

    private void LoadGuestMsrs(Vmcs<SoftwareVmcs> vmcs, uint areaCount)
    {
        var entry = vmcs.VmEntryControls;
        _msrs.Set(SoftwareMsrs.SysenterCs, vmcs.GuestIa32SysenterCs);
        _msrs.Set(SoftwareMsrs.SysenterEsp, vmcs.GuestIa32SysenterEsp);
        _msrs.Set(SoftwareMsrs.SysenterEip, vmcs.GuestIa32SysenterEip);
        _msrs.Set(SoftwareMsrs.FsBase, vmcs.GuestFsBase);
        _msrs.Set(SoftwareMsrs.GsBase, vmcs.GuestGsBase);
        if (entry.LoadDebugControls)
            _msrs.Set(SoftwareMsrs.Debugctl, vmcs.GuestIa32Debugctl);
        if (entry.LoadIa32Pat)
            _msrs.Set(SoftwareMsrs.Pat, vmcs.GuestIa32Pat);
        _msrs.Set(
            SoftwareMsrs.Efer,
            entry.LoadIa32Efer ? vmcs.GuestIa32Efer : EferOf(entry.Ia32eModeGuest, (vmcs.GuestCr0 & RegisterBits.Cr0Pg) != 0)
        );
        var controls = VmxControlSet.Read(vmcs);
        foreach (var msr in SwitchedMsr.All)
        {
            if (msr.IsLoadedOnEntry(controls))
                _msrs.Set(msr.Index, msr.Insert(Msr(msr.Index), vmcs.Access.Read(msr.Guest)));
        }

        // The entries have been checked.
        foreach (var loaded in ReadMsrArea(vmcs.VmEntryMsrLoadAddress, areaCount))
            _msrs.Set(loaded.Index, loaded.Index == SoftwareMsrs.Efer ? WithLma(loaded.Value) : loaded.Value);
    }

    private void SaveGuestMsrs(Vmcs<SoftwareVmcs> vmcs)
    {
        var exit = vmcs.PrimaryVmExitControls;
        vmcs.GuestIa32SysenterCs = (uint)Msr(SoftwareMsrs.SysenterCs);
        vmcs.GuestIa32SysenterEsp = (nuint)Msr(SoftwareMsrs.SysenterEsp);
        vmcs.GuestIa32SysenterEip = (nuint)Msr(SoftwareMsrs.SysenterEip);
        if (exit.SaveDebugControls)
            vmcs.GuestIa32Debugctl = Msr(SoftwareMsrs.Debugctl);
        if (exit.SaveIa32Pat)
            vmcs.GuestIa32Pat = Msr(SoftwareMsrs.Pat);
        var efer = Msr(SoftwareMsrs.Efer);
        if (exit.SaveIa32Efer)
            vmcs.GuestIa32Efer = efer;
        var controls = VmxControlSet.Read(vmcs);
        foreach (var msr in SwitchedMsr.All)
        {
            if (msr.IsSavedOnExit?.Invoke(controls) ?? Capabilities.Supports(msr.Guest))
                vmcs.Access.Write(msr.Guest, msr.Extract(Msr(msr.Index)));
        }
        if (Capabilities.Misc.SavesEferLma)
            vmcs.VmEntryControls = vmcs.VmEntryControls with { Ia32eModeGuest = (efer & RegisterBits.EferLma) != 0 };

        var area = ReadMsrArea(vmcs.VmExitMsrStoreAddress, vmcs.VmExitMsrStoreCount);
        for (var i = 0; i < area.Length; i++)
        {
            // SDM 3C 28.4: an entry that cannot be stored is a VMX abort.
            if (!TryReadMsr(area[i].Index, out var value) || !area[i].IsStorable)
                Abort(VmxAbort.SavingGuestMsrs, $"entry {i + 1} of the VM-exit MSR-store area, MSR 0x{area[i].Index:X}, cannot be stored");
            area[i].Value = value;
        }
        // An area where there is no memory reads as ones, and so has ended in a VMX abort. An empty one may have any address.
        if (area.Length != 0)
            Memory.Write(vmcs.VmExitMsrStoreAddress, MemoryMarshal.AsBytes(area));
    }

    private void LoadHostState(Vmcs<SoftwareVmcs> vmcs)
    {
        var exit = vmcs.PrimaryVmExitControls;
        // SDM 3C 28.5.1: ET, CD, NW and bits 63:32, 28:19, 17 and 15:6 of CR0 stay.
        const ulong Kept = Cr0Et | RegisterBits.Cr0Cd | RegisterBits.Cr0Nw | 0xFFFF_FFFF_1FFA_FFC0;
        _cr0 = (_cr0 & Kept) | ((ulong)vmcs.HostCr0 & ~Kept);
        _cr3 = vmcs.HostCr3;
        _cr4 = vmcs.HostCr4;
        _dr7 = DebugRegisters.Dr7Fixed;
        _msrs.Set(SoftwareMsrs.Debugctl, 0);
        _msrs.Set(SoftwareMsrs.SysenterCs, vmcs.HostIa32SysenterCs);
        _msrs.Set(SoftwareMsrs.SysenterEsp, vmcs.HostIa32SysenterEsp);
        _msrs.Set(SoftwareMsrs.SysenterEip, vmcs.HostIa32SysenterEip);
        _msrs.Set(SoftwareMsrs.FsBase, vmcs.HostFsBase);
        _msrs.Set(SoftwareMsrs.GsBase, vmcs.HostGsBase);
        if (exit.LoadIa32Pat)
            _msrs.Set(SoftwareMsrs.Pat, vmcs.HostIa32Pat);
        _msrs.Set(SoftwareMsrs.Efer, exit.LoadIa32Efer ? vmcs.HostIa32Efer : EferOf(exit.HostAddressSpaceSize, isPaging: true));
        var controls = VmxControlSet.Read(vmcs);
        foreach (var msr in SwitchedMsr.All)
        {
            if (msr.Host is { } host && msr.IsLoadedOnExit(controls))
                _msrs.Set(msr.Index, msr.Insert(Msr(msr.Index), vmcs.Access.Read(host)));
            else if (msr.IsClearedOnExit(controls))
                _msrs.Set(msr.Index, msr.Insert(Msr(msr.Index), 0));
        }

        var area = ReadMsrArea(vmcs.VmExitMsrLoadAddress, vmcs.VmExitMsrLoadCount);
        for (var i = 0; i < area.Length; i++)
        {
            var (index, value) = (area[i].Index, area[i].Value);
            if (!area[i].IsLoadableBut(_profile.MsrsNotLoaded) || WhyMsrNotWritten(index, value) is not null)
                Abort(VmxAbort.LoadingHostMsrs, $"entry {i + 1} of the VM-exit MSR-load area, MSR 0x{index:X}, cannot be loaded");
            WriteMsr(index, value);
        }
    }

    private ulong Msr(uint index)
    {
        _msrs.TryReadMsr(index, out var value);
        return value;
    }

    // SDM 3C 27.3.2.1 and 28.5.1: LMA, and with paging LME, follow the control.
    private ulong EferOf(bool isIa32e, bool isPaging)
    {
        var efer = Msr(SoftwareMsrs.Efer) & ~RegisterBits.EferLma;
        if (isPaging)
            efer &= ~RegisterBits.EferLme;
        return isIa32e ? efer | RegisterBits.EferLme | RegisterBits.EferLma : efer;
    }

    // Good until the next area is read.
    private Span<MsrAreaEntry> ReadMsrArea(ulong address, uint count)
    {
        var most = 512 * (Capabilities.Misc.MsrListMultiplier + 1);
        var length = (int)Math.Min(count, most);
        if (_msrArea.Length < length)
            _msrArea = new MsrAreaEntry[length];
        var area = _msrArea.AsSpan(0, length);
        var bytes = MemoryMarshal.AsBytes(area);
        if (!bytes.IsEmpty)
            Memory.ReadOrOnes(address, bytes);
        return area;
    }

    // SDM 3C 28.7.
    [DoesNotReturn]
    private void Abort(VmxAbort abort, string reason)
    {
        _cache.Abort = abort;
        WriteBack();
        throw new VmxAbortException(abort, reason);
    }
}
