using System.Collections.Generic;
using System.Linq;
using VmcsGen.Kvm;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Entry;

namespace VmcsGen.Tool.Machine;

/// <summary>What a machine offers: its KVM, its CPUID and its VMX capability MSRs, each as far as it could be learnt.</summary>
internal sealed record MachineFacts
{
    /// <summary>KVM's interface; null without KVM.</summary>
    public int? KvmApiVersion { get; init; }

    /// <summary>What KVM offers, by the kernel's names.</summary>
    public IReadOnlyDictionary<string, int> KvmCapabilities { get; init; } = new Dictionary<string, int>();

    /// <summary>CPUID of the processor; null where the machine has none.</summary>
    public CpuidBuilder? Cpuid { get; init; }

    /// <summary>The VMX capability MSRs that KVM offers to nested hypervisors; null if it offers none.</summary>
    public MsrValues? Msrs { get; init; }

    /// <summary>What is missing, and what to do about it.</summary>
    public IReadOnlyList<string> Missing { get; init; } = [];

    /// <summary>The width of physical addresses; null without CPUID.</summary>
    public int? PhysicalAddressWidth => Addresses is { } eax ? (int)(eax & 0xFF) : null;

    /// <summary>The width of linear addresses; null without CPUID.</summary>
    public int? LinearAddressWidth => Addresses is { } eax ? (int)(eax >> 8 & 0xFF) : null;

    /// <summary>The features that CPUID announces.</summary>
    public IEnumerable<CpuidFeature> Features =>
        Cpuid is { } cpuid ? System.Enum.GetValues<CpuidFeature>().Where(feature => cpuid[feature]) : [];

    /// <summary>What VM entry depends on besides the VMCS and the MSRs; null if it is not known.</summary>
    public VmEntryContext? Context =>
        Cpuid is { } cpuid && PhysicalAddressWidth is > 0 and int width
            ? new VmEntryContext
            {
                PhysicalAddressWidth = width,
                LinearAddressWidth = LinearAddressWidth is > 0 and int linear ? linear : 32,
                SupportsRtm = cpuid[CpuidFeature.Rtm],
                SupportsSgx = cpuid[CpuidFeature.Sgx],
                SupportsBusLockDetection = cpuid[CpuidFeature.BusLockDetect],
                SupportsLinearAddressMasking = cpuid[CpuidFeature.Lam],
            }
            : null;

    // SDM 2A, CPUID: leaf 80000008H, EAX.
    private uint? Addresses => Cpuid is { } cpuid && cpuid.TryFind(0x8000_0008, 0, out var entry) ? entry.Eax : null;
}
