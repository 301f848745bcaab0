using System.Collections.Generic;
using System.Linq;
using VmcsGen.Kvm;
using VmcsGen.Vmx;

namespace VmcsGen.Tool.Machine;

/// <summary>Finds what stands against moving a guest, or a snapshot, from one machine to another.</summary>
internal static class MachineComparison
{
    // SDM 2A, CPUID.
    private const uint ExtendedStateLeaf = 0xD;

    /// <summary>What a guest can use here and does not find there.</summary>
    /// <param name="here">The machine that the guest is on, or what a snapshot says of it.</param>
    /// <param name="there">The machine that it is to move to.</param>
    public static IReadOnlyList<MoveObstacle> Find(MachineFacts here, MachineFacts there) =>
        [.. Cpuid(here, there), .. Kvm(here, there), .. Vmx(here, there)];

    /// <summary>What cannot be compared, because one of the two does not say it.</summary>
    public static IEnumerable<string> Unknown(MachineFacts here, MachineFacts there)
    {
        if (here.Cpuid is null || there.Cpuid is null)
            yield return "CPUID";
        if (here.KvmApiVersion is null || there.KvmApiVersion is null)
            yield return "KVM's capabilities";
        if (here.Msrs is null || there.Msrs is null)
            yield return "nested VMX";
    }

    private static IEnumerable<MoveObstacle> Cpuid(MachineFacts here, MachineFacts there)
    {
        if (here.Cpuid is not { } mine || there.Cpuid is not { } its)
            yield break;
        const string Mask = "A guest that CPUID announces it to may use it: mask it in the guest's CPUID before it starts.";
        if (mine.Vendor != its.Vendor)
        {
            yield return new(
                "CPUID",
                "vendor",
                mine.Vendor,
                its.Vendor,
                "Guests choose workarounds and system calls by the vendor: moving between vendors is not safe."
            );
        }
        foreach (var feature in here.Features.Except(there.Features))
            yield return new("CPUID", $"{feature}", "yes", "no", Mask);
        foreach (
            var (name, left, right) in ((string, int?, int?)[])
                [
                    ("physical-address width", here.PhysicalAddressWidth, there.PhysicalAddressWidth),
                    ("linear-address width", here.LinearAddressWidth, there.LinearAddressWidth),
                ]
        )
        {
            if (left > right)
                yield return new(
                    "CPUID",
                    name,
                    $"{left}",
                    $"{right}",
                    "Addresses that the guest uses must fit: give it the narrower width."
                );
        }
        var (size, room) = (ExtendedStateSize(mine), ExtendedStateSize(its));
        if (size > room)
        {
            yield return new(
                "CPUID",
                "size of XSAVE state",
                $"{size} bytes",
                $"{room} bytes",
                "State in components that are not there cannot be restored: mask their features in the guest's CPUID."
            );
        }
    }

    private static IEnumerable<MoveObstacle> Kvm(MachineFacts here, MachineFacts there)
    {
        if (here.KvmApiVersion is null || there.KvmApiVersion is null)
            yield break;
        foreach (var (name, value) in here.KvmCapabilities.OrderBy(static one => one.Key, System.StringComparer.Ordinal))
        {
            var its = there.KvmCapabilities.GetValueOrDefault(name);
            if (its < value)
                yield return new(
                    "KVM",
                    name,
                    $"{value}",
                    $"{its}",
                    "It matters if the VMM enabled it, or the guest has more than it allows there."
                );
        }
    }

    private static IEnumerable<MoveObstacle> Vmx(MachineFacts here, MachineFacts there)
    {
        if (here.Msrs is not { } mine || there.Msrs is not { } its)
            yield break;
        foreach (var one in VmxCapabilities.ReadKnown(mine).FindDifferences(VmxCapabilities.ReadKnown(its)))
        {
            // More there than here stands against nothing.
            if (one is { There: "0 or 1" } or { Here: "no", There: "yes" })
                continue;
            yield return new(
                "nested VMX",
                $"{one.Register}, {one.Name}",
                one.Here,
                one.There,
                "It matters if the guest runs guests: give it VMX capability MSRs that both machines allow."
            );
        }
    }

    private static uint ExtendedStateSize(CpuidBuilder cpuid) => cpuid.TryFind(ExtendedStateLeaf, 0, out var entry) ? entry.Ecx : 0;
}
