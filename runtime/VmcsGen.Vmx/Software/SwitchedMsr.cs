using System;
using VmcsGen.X86;

namespace VmcsGen.Vmx.Software;

/// <summary>
/// An MSR that VM entries and VM exits switch between guest and host, each under a control (SDM 3C 27.3.2.1, 28.3.1 and 28.5.1).
/// </summary>
/// <param name="Index">The MSR.</param>
/// <param name="Guest">The field that VM entry loads it from, and VM exit saves it to.</param>
/// <param name="IsLoadedOnEntry">Whether the controls make VM entry load it.</param>
internal sealed record SwitchedMsr(uint Index, VmcsField Guest, Func<VmxControlSet, bool> IsLoadedOnEntry)
{
    private const uint SpecCtrl = (uint)X86Msr.Ia32SpecCtrl;
    private const uint PerfGlobalCtrl = (uint)X86Msr.Ia32PerfGlobalCtrl;
    private const uint RtitCtl = (uint)X86Msr.Ia32RtitCtl;
    private const uint SCet = (uint)X86Msr.Ia32SCet;
    private const uint InterruptSspTableAddr = (uint)X86Msr.Ia32InterruptSspTableAddr;
    private const uint Pkrs = (uint)X86Msr.Ia32Pkrs;
    private const uint UintrMisc = (uint)X86Msr.Ia32UintrMisc;
    private const uint Bndcfgs = (uint)X86Msr.Ia32Bndcfgs;
    private const uint LbrCtl = (uint)X86Msr.Ia32LbrCtl;

    private static readonly SwitchedMsr[] s_all =
    [
        new(PerfGlobalCtrl, VmcsField.GuestIa32PerfGlobalCtrl, static c => c.VmEntry.LoadIa32PerfGlobalCtrl)
        {
            IsSavedOnExit = static c => c.PrimaryVmExit.SaveIa32PerfGlobalCtrl,
            Host = VmcsField.HostIa32PerfGlobalCtrl,
            IsLoadedOnExit = static c => c.PrimaryVmExit.LoadIa32PerfGlobalCtrl,
        },
        new(Bndcfgs, VmcsField.GuestIa32Bndcfgs, static c => c.VmEntry.LoadIa32Bndcfgs)
        {
            IsClearedOnExit = static c => c.PrimaryVmExit.ClearIa32Bndcfgs,
        },
        new(RtitCtl, VmcsField.GuestIa32RtitCtl, static c => c.VmEntry.LoadIa32RtitCtl)
        {
            IsClearedOnExit = static c => c.PrimaryVmExit.ClearIa32RtitCtl,
        },
        new(LbrCtl, VmcsField.GuestIa32LbrCtl, static c => c.VmEntry.LoadGuestIa32LbrCtl)
        {
            IsClearedOnExit = static c => c.PrimaryVmExit.ClearIa32LbrCtl,
        },
        new(UintrMisc, VmcsField.GuestUinv, static c => c.VmEntry.LoadUinv)
        {
            IsClearedOnExit = static c => c.PrimaryVmExit.ClearUinv,
            Bits = 0xFFUL << 32,
        },
        new(Pkrs, VmcsField.GuestIa32Pkrs, static c => c.VmEntry.LoadPkrs)
        {
            Host = VmcsField.HostIa32Pkrs,
            IsLoadedOnExit = static c => c.PrimaryVmExit.LoadPkrs,
        },
        Cet(SCet, VmcsField.GuestIa32SCet, VmcsField.HostIa32SCet),
        Cet(InterruptSspTableAddr, VmcsField.GuestIa32InterruptSspTableAddr, VmcsField.HostIa32InterruptSspTableAddr),
        new(SpecCtrl, VmcsField.GuestIa32SpecCtrl, static c => c.VmEntry.LoadIa32SpecCtrl)
        {
            IsSavedOnExit = Never,
            Host = VmcsField.HostIa32SpecCtrl,
            IsLoadedOnExit = static c => c.SecondaryVmExit.LoadIa32SpecCtrl,
        },
        Fred(X86Msr.Ia32FredRsp1, VmcsField.GuestIa32FredRsp1, VmcsField.HostIa32FredRsp1),
        Fred(X86Msr.Ia32FredRsp2, VmcsField.GuestIa32FredRsp2, VmcsField.HostIa32FredRsp2),
        Fred(X86Msr.Ia32FredRsp3, VmcsField.GuestIa32FredRsp3, VmcsField.HostIa32FredRsp3),
        Fred(X86Msr.Ia32FredStklvls, VmcsField.GuestIa32FredStklvls, VmcsField.HostIa32FredStklvls),
        Fred(X86Msr.Ia32FredSsp1, VmcsField.GuestIa32FredSsp1, VmcsField.HostIa32FredSsp1),
        Fred(X86Msr.Ia32FredSsp2, VmcsField.GuestIa32FredSsp2, VmcsField.HostIa32FredSsp2),
        Fred(X86Msr.Ia32FredSsp3, VmcsField.GuestIa32FredSsp3, VmcsField.HostIa32FredSsp3),
        Fred(X86Msr.Ia32FredConfig, VmcsField.GuestIa32FredConfig, VmcsField.HostIa32FredConfig),
    ];

    /// <summary>All of them but those that every processor switches.</summary>
    internal static ReadOnlySpan<SwitchedMsr> All => s_all;

    /// <summary>Whether the controls make VM exit save it; null if VM exit always does, on processors that have the field.</summary>
    internal Func<VmxControlSet, bool>? IsSavedOnExit { get; init; }

    /// <summary>The field that VM exit loads it from; null for an MSR that VM exit clears instead.</summary>
    internal VmcsField? Host { get; init; }

    /// <summary>Whether the controls make VM exit load it.</summary>
    internal Func<VmxControlSet, bool> IsLoadedOnExit { get; init; } = Never;

    /// <summary>Whether the controls make VM exit clear it.</summary>
    internal Func<VmxControlSet, bool> IsClearedOnExit { get; init; } = Never;

    /// <summary>The bits of the MSR that are switched; the fields have them at bit 0.</summary>
    internal ulong Bits { get; init; } = ulong.MaxValue;

    /// <summary>Whether a processor has the MSR: one of the controls that switch it may be 1.</summary>
    internal bool ExistsOn(VmxCapabilities capabilities) =>
        capabilities.Supports(Guest) || (Host is { } host && capabilities.Supports(host));

    /// <summary>The MSR's value with the switched bits of a field.</summary>
    internal ulong Insert(ulong msr, ulong field) => (msr & ~Bits) | ((field * (Bits & (~Bits + 1))) & Bits);

    /// <summary>The switched bits, as a field has them.</summary>
    internal ulong Extract(ulong msr) => (msr & Bits) / (Bits & (~Bits + 1));

    private static bool Never(VmxControlSet controls) => false;

    private static SwitchedMsr Cet(uint index, VmcsField guest, VmcsField host) =>
        new(index, guest, static c => c.VmEntry.LoadCetState) { Host = host, IsLoadedOnExit = static c => c.PrimaryVmExit.LoadCetState };

    private static SwitchedMsr Fred(X86Msr msr, VmcsField guest, VmcsField host) =>
        new((uint)msr, guest, static c => c.VmEntry.LoadIa32Fred)
        {
            IsSavedOnExit = static c => c.SecondaryVmExit.SaveIa32Fred,
            Host = host,
            IsLoadedOnExit = static c => c.SecondaryVmExit.LoadIa32Fred,
        };
}
