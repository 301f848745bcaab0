using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.X86;

namespace VmcsGen.Kvm;

/// <summary>
/// Finds what a captured guest relies on and another host does not have: of CPUID, XCR0 and the MSRs what the guest was given or uses,
/// of the capabilities those that restoring it needs. That the other host has more stands against nothing.
/// </summary>
internal static class HostComparison
{
    private const uint ExtendedStateLeaf = 0xD; // SDM 2A, CPUID.
    private const uint AddressSizesLeaf = 0x8000_0008;
    private const uint MicrocodeRevision = 0x8B; // SDM 4. It says which repairs a processor has, and nothing that a guest could use.

    internal static IEnumerable<HostDifference> Find(VmState state, HostFingerprint then, HostFingerprint now) =>
        state
            .Vcpus.SelectMany(vcpu => OfCpuid(vcpu, then, now).Concat(OfXcr0(vcpu, now)).Concat(OfMsrs(vcpu, then, now)))
            .Concat(OfCapabilities(state, then, now))
            .Distinct();

    private static IEnumerable<HostDifference> OfCpuid(VcpuState vcpu, HostFingerprint then, HostFingerprint now)
    {
        CpuidBuilder guest = new([.. vcpu.Cpuid]),
            before = new([.. then.Cpuid]),
            here = new([.. now.Cpuid]);
        if (guest.Entries.Count == 0)
            yield break;
        if (before.Vendor != here.Vendor && guest.Vendor == before.Vendor)
            yield return new("CPUID vendor", before.Vendor, here.Vendor);
        foreach (var feature in Enum.GetValues<CpuidFeature>())
        {
            if (guest[feature] && before[feature] && !here[feature])
                yield return new($"CPUID {feature}", "present", "absent");
        }
        var (wanted, width) = (PhysicalAddressBits(guest), PhysicalAddressBits(here));
        if (wanted > width)
            yield return new("width of physical addresses", $"{wanted} bits", $"{width} bits");
    }

    private static IEnumerable<HostDifference> OfXcr0(VcpuState vcpu, HostFingerprint now)
    {
        if (vcpu.Xcrs is not { NrXcrs: > 0 } xcrs)
            yield break;
        var used = xcrs.Xcrs[0].Value;
        var offered = new CpuidBuilder([.. now.Cpuid]).TryFind(ExtendedStateLeaf, 0, out var leaf) ? leaf.Eax | (ulong)leaf.Edx << 32 : 0;
        if ((used & ~offered) != 0)
            yield return new("XCR0", $"0x{used:X} in use", $"0x{offered:X} at most");
    }

    private static IEnumerable<HostDifference> OfMsrs(VcpuState vcpu, HostFingerprint then, HostFingerprint now)
    {
        var known = now.Msrs.ToHashSet();
        var before = then.Msrs.ToHashSet();
        foreach (var msr in vcpu.Msrs.Where(msr => msr.Data != 0 && before.Contains(msr.Index) && !known.Contains(msr.Index)))
            yield return new($"MSR 0x{msr.Index:X}", $"0x{msr.Data:X}", "absent");
        var features = now.FeatureMsrs.ToDictionary(static msr => msr.Index, static msr => msr.Data);
        foreach (var msr in then.FeatureMsrs.Where(msr => msr.Index != MicrocodeRevision && vcpu.FindMsr(msr.Index) == msr.Data))
        {
            if (!features.TryGetValue(msr.Index, out var value))
                yield return new($"feature MSR 0x{msr.Index:X}", $"0x{msr.Data:X}", "absent");
            else if (value != msr.Data)
                yield return new($"feature MSR 0x{msr.Index:X}", $"0x{msr.Data:X}", $"0x{value:X}");
        }
    }

    private static IEnumerable<HostDifference> OfCapabilities(VmState state, HostFingerprint then, HostFingerprint now)
    {
        foreach (var capability in Needed(state).Distinct())
        {
            if (then.Capabilities.ContainsKey(capability) && !now.Capabilities.ContainsKey(capability))
                yield return new($"capability {capability}", "present", "absent");
        }
    }

    private static IEnumerable<KvmCapability> Needed(VmState state)
    {
        if (state.Irqchips.Count != 0)
            yield return KvmCapability.Irqchip;
        if (state.Pit is not null)
            yield return KvmCapability.PitState2;
        if (state.Clock is not null)
            yield return KvmCapability.AdjustClock;
        foreach (var vcpu in state.Vcpus)
        {
            if (vcpu.Sregs.Flags != 0)
                yield return KvmCapability.Sregs2;
            if (vcpu.Xsave is not null)
                yield return KvmCapability.Xsave;
            if (vcpu.NestedState is not null)
                yield return KvmCapability.NestedState;
            if (vcpu.DebugRegs is not null)
                yield return KvmCapability.Debugregs;
            if (vcpu.MultiprocessingState is not null)
                yield return KvmCapability.MpState;
            if (vcpu.FindMsr((uint)X86Msr.Ia32TscDeadline) is not null and not 0)
                yield return KvmCapability.TscDeadlineTimer;
            if (vcpu.Events is not { } events)
                continue;
            yield return KvmCapability.VcpuEvents;
            if ((events.Flags & KvmVcpuEventFlags.Payload) != 0)
                yield return KvmCapability.ExceptionPayload;
            if ((events.Flags & KvmVcpuEventFlags.Smm) != 0)
                yield return KvmCapability.X86Smm;
        }
    }

    private static uint PhysicalAddressBits(CpuidBuilder cpuid) => cpuid.TryFind(AddressSizesLeaf, 0, out var leaf) ? leaf.Eax & 0xFF : 0;
}
