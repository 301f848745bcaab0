using System;
using System.Collections.Generic;
using VmcsGen.Vmx.Entry;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Software;

/// <summary>
/// What processor <see cref="SoftwareVmx"/> is: its VMX capabilities, CPUID, and the state that its program finds. The default has
/// exactly the controls that <c>KvmGuestExecutor</c> of VmcsGen.Vmx.Kvm carries over.
/// </summary>
/// <example><code>
/// var skylake = new SoftwareVmxProfile { CapabilityMsrs = recordedMsrs };
/// var processor = new SoftwareVmx(new PhysicalMemory(1 &lt;&lt; 24), skylake);
/// </code></example>
public sealed record SoftwareVmxProfile
{
    /// <summary>
    /// The VMX capability MSRs, 480H to 493H. Revision identifier and region size are always those of <see cref="VmcsFormat"/>,
    /// whatever IA32_VMX_BASIC holds here, and IA32_VMX_VMCS_ENUM names the highest index of the fields that the processor has.
    /// </summary>
    public MsrValues CapabilityMsrs { get; init; } = SoftwareVmxDefaults.CapabilityMsrs();

    /// <summary>
    /// How a VMCS lies in its region. By default there is room for every field; <see cref="SoftwareVmcsFormat.Vmcs12"/> is for programs
    /// that look at regions as KVM lays them out.
    /// </summary>
    public SoftwareVmcsFormat VmcsFormat { get; init; }

    /// <summary>CPUID, by leaf and subleaf.</summary>
    public Func<uint, uint, CpuidValues> Cpuid { get; init; } = SoftwareVmxDefaults.Cpuid;

    /// <summary>CR0 at first: protected mode with paging, as 64-bit mode needs.</summary>
    public ulong Cr0 { get; init; } = 0x8005_0033;

    /// <summary>CR3 at first. The program's paging structures are needed only by guests that share them.</summary>
    public ulong Cr3 { get; init; }

    /// <summary>CR4 at first: PAE, OSFXSR and OSXMMEXCPT. VMXE is 0.</summary>
    public ulong Cr4 { get; init; } = 0x620;

    /// <summary>IA32_FEATURE_CONTROL at first: by default neither locked nor allowing VMXON, as if no firmware had been there.</summary>
    public FeatureControl FeatureControl { get; init; }

    /// <summary>
    /// The other MSRs that the processor has, with their values at first. Those that a control in <see cref="CapabilityMsrs"/> switches
    /// between guest and host, such as IA32_PERF_GLOBAL_CTRL, exist with the value 0 if they are not here. All others raise #GP.
    /// </summary>
    public IReadOnlyDictionary<uint, ulong> Msrs { get; init; } = SoftwareVmxDefaults.Msrs();

    /// <summary>
    /// MSRs that VM entries and VM exits of this processor do not load although WRMSR writes them (SDM 3C 27.4 and 28.6). By default
    /// those of microcode updates.
    /// </summary>
    public IReadOnlyCollection<uint> MsrsNotLoaded { get; init; } = MsrAreaEntry.MicrocodeMsrs;

    /// <summary>
    /// Fields that the processor lacks although its capability MSRs announce them, by the encodings of whole fields. KVM's nested VMX
    /// lacks <see cref="VmcsField.ExecutiveVmcsPointer"/> and <see cref="VmcsField.GuestSmbase"/>. By default none.
    /// </summary>
    public IReadOnlyCollection<VmcsField> AbsentFields { get; init; } = [];

    /// <summary>
    /// What VM entry depends on that no instruction of this processor tells: SMM, and reserved bits of MSRs that differ from model to
    /// model. It is given what the processor knows of itself and returns what the checks are to use.
    /// </summary>
    public Func<VmEntryContext, VmEntryContext> EntryContext { get; init; } = static context => context;

    /// <summary>What the host-state area of a VMCS is to hold.</summary>
    public HostEnvironment HostEnvironment { get; init; } = SoftwareVmxDefaults.HostEnvironment;
}
