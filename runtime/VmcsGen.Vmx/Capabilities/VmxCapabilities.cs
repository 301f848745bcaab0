using System;
using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Vmx;

/// <summary>
/// The VMX capabilities of a processor: what its capability MSRs say, put together (SDM 3D, appendix A). Knows which controls
/// may be set, fits a hypervisor's wishes to them, tells which VMCS fields exist, and compares processors.
/// </summary>
/// <example><code>
/// var capabilities = VmxCapabilities.Read(msrs);
/// var pin = capabilities.PinBased.Adjust(
///     required: new PinBasedControls { ExternalInterruptExiting = true, NmiExiting = true },
///     optional: new PinBasedControls { ActivateVmxPreemptionTimer = true });
/// vmcs.PinBasedControls = pin.ThrowIfUnsupported();
/// </code></example>
public sealed partial class VmxCapabilities
{
    // Four levels of EPT paging structures translate 4 * 9 + 12 bits.
    private const int FourLevelWidth = 48;

    // One for each control word, at its index.
    private readonly VmxControlRange[] _ranges;

    // MSRs that are not known, and who wants to hear that one of them was asked for.
    private readonly HashSet<VmxMsr> _unknown;

    private VmxCapabilities(VmxControlRange[] ranges, HashSet<VmxMsr>? unknown = null)
    {
        _ranges = ranges;
        _unknown = unknown ?? [];
    }

    /// <summary>IA32_VMX_BASIC: the format of VMCS regions, and which other MSRs exist.</summary>
    public required VmxBasic Basic
    {
        get => Noticed(VmxMsr.Ia32VmxBasic, field);
        init;
    }

    /// <summary>IA32_VMX_MISC: timer rate, activity states, CR3-target values and more.</summary>
    public required VmxMisc Misc
    {
        get => Noticed(VmxMsr.Ia32VmxMisc, field);
        init;
    }

    /// <summary>IA32_VMX_CR0_FIXED0 and _FIXED1: the bits of CR0 that are fixed in VMX operation.</summary>
    public required VmxFixedBits Cr0
    {
        get => Noticed(VmxMsr.Ia32VmxCr0Fixed0, Noticed(VmxMsr.Ia32VmxCr0Fixed1, field));
        init;
    }

    /// <summary>IA32_VMX_CR4_FIXED0 and _FIXED1: the bits of CR4 that are fixed in VMX operation.</summary>
    public required VmxFixedBits Cr4
    {
        get => Noticed(VmxMsr.Ia32VmxCr4Fixed0, Noticed(VmxMsr.Ia32VmxCr4Fixed1, field));
        init;
    }

    /// <summary>IA32_VMX_VMCS_ENUM: how far field encodings go.</summary>
    public required VmcsEnumeration VmcsEnumeration
    {
        get => Noticed(VmxMsr.Ia32VmxVmcsEnum, field);
        init;
    }

    /// <summary>IA32_VMX_EPT_VPID_CAP: what EPT and VPIDs support; all 0 on a processor with neither.</summary>
    public required EptVpidCapabilities EptVpid
    {
        get => Noticed(VmxMsr.Ia32VmxEptVpidCap, field);
        init;
    }

    /// <summary>
    /// Whether the processor has APX, CPUID.(EAX=7,ECX=1):EDX[21]. It then has <see cref="VmcsField.ExtendedInstructionInformation"/>. No
    /// MSR tells of it: <see cref="Read(IMsrSource)"/> asks CPUID, if what it reads from has that.
    /// </summary>
    public bool Apx { get; init; }

    /// <summary>
    /// Reads the capability MSRs. The TRUE ones are used where they exist; those that came later are read only where another MSR
    /// says that they exist, and count as 0 otherwise. A processor, or another <see cref="ICpuidSource"/>, is asked for APX too.
    /// </summary>
    /// <param name="msrs">Where to read them from.</param>
    /// <exception cref="NotSupportedException">There is no IA32_VMX_BASIC: the processor has no VMX, or does not show it.</exception>
    /// <exception cref="System.IO.InvalidDataException">
    /// An MSR is missing that exists by what the others say, or one contradicts itself.
    /// </exception>
    public static VmxCapabilities Read(IMsrSource msrs) => Read(msrs, msrs is ICpuidSource processor && ApxFeature.IsOn(processor));

    internal static VmxCapabilities Read(IMsrSource msrs, bool apx)
    {
        ArgumentNullException.ThrowIfNull(msrs);
        var reader = new VmxMsrReader(msrs);
        var basic = reader.ReadBasic();
        var ranges = reader.ReadControls(basic);
        return new VmxCapabilities(ranges)
        {
            Apx = apx,
            Basic = basic,
            Misc = new VmxMisc(reader.Read(VmxMsr.Ia32VmxMisc)),
            Cr0 = new VmxFixedBits(reader.Read(VmxMsr.Ia32VmxCr0Fixed0), reader.Read(VmxMsr.Ia32VmxCr0Fixed1)),
            Cr4 = new VmxFixedBits(reader.Read(VmxMsr.Ia32VmxCr4Fixed0), reader.Read(VmxMsr.Ia32VmxCr4Fixed1)),
            VmcsEnumeration = new VmcsEnumeration(reader.Read(VmxMsr.Ia32VmxVmcsEnum)),
            EptVpid = new EptVpidCapabilities(reader.ReadEptVpid(ranges)),
        };
    }

    /// <summary>
    /// Fits all words of controls to this processor. The controls that activate other words follow from what those words get and
    /// need not be asked for.
    /// </summary>
    /// <param name="required">Controls that have to be 1.</param>
    /// <param name="optional">Controls that shall be 1 where the processor supports that.</param>
    /// <returns>The values, or the required controls that the processor does not support.</returns>
    public VmxConfiguration Configure(in VmxControlSet required, in VmxControlSet optional = default)
    {
        var missing = new List<string>();
        var controls = default(VmxControlSet);
        var wanted = required;
        // From the words that are activated to those that activate them.
        foreach (var word in VmxControlWord.FromActivators.AsEnumerable().Reverse())
        {
            var range = RangeOf(word);
            // A word that has to be activated stays 0 if nothing of it is wanted.
            if (word.Activator is not null && (wanted[word] | (optional[word] & range.Allowed1)) == 0)
                continue;
            var value = ((wanted[word] | optional[word]) & range.Allowed1) | range.Allowed0;
            VmxControlSet.AddNames(missing, word, wanted[word] & ~value);
            controls = controls.With(word, value);
            if (value != 0 && word.Activator is { } activator)
                wanted = wanted.With(activator, wanted[activator] | word.ActivatorBit);
        }
        return new VmxConfiguration(controls, missing);
    }

    /// <summary>
    /// Whether the capability MSRs announce a VMCS field, as the SDM says when it exists. An encoding that is not a built-in field counts
    /// as not supported, and so do the fields that exist only while the processor runs a TDX module. A hypervisor that offers VMX to
    /// its guest may leave out fields that no MSR tells of: KVM leaves out those of the dual-monitor treatment of SMM,
    /// <see cref="VmcsField.ExecutiveVmcsPointer"/> and <see cref="VmcsField.GuestSmbase"/>. The processor itself is asked by
    /// <see cref="VmxProcessorExtensions.Has(IVmxProcessor, VmcsField)"/>.
    /// </summary>
    /// <param name="field">The field's encoding; an odd one asks for the high half of a 64-bit field.</param>
    public bool Supports(VmcsField field) => VmcsFieldExistence.Exists(field, this);

    /// <summary>
    /// How many levels of EPT paging structures a guest needs: 5 if its physical addresses have more than 48 bits and the processor
    /// supports that, otherwise 4. With 4 levels a guest cannot reach addresses of more than 48 bits.
    /// </summary>
    /// <param name="guestPhysicalAddressWidth">Physical-address width that the guest sees in CPUID 80000008H.</param>
    /// <exception cref="NotSupportedException">The processor has no EPT.</exception>
    public int EptPageWalkLength(int guestPhysicalAddressWidth)
    {
        if (EptVpid.PageWalkLength5 && (guestPhysicalAddressWidth > FourLevelWidth || !EptVpid.PageWalkLength4))
            return 5;
        return EptVpid.PageWalkLength4
            ? 4
            : throw new NotSupportedException(
                $"The processor has no EPT: {VmxMsrNames.Describe(VmxMsr.Ia32VmxEptVpidCap)} offers page walks of neither 4 nor 5 levels."
            );
    }

    /// <summary>
    /// What differs between this processor and another. Equal capabilities may still come from different MSRs: a processor with TRUE
    /// capability MSRs is compared by those.
    /// </summary>
    /// <param name="other">The other processor.</param>
    /// <returns>The differences, in the order of the MSRs; none if there is nothing that a hypervisor could notice.</returns>
    public IReadOnlyList<VmxCapabilityDifference> FindDifferences(VmxCapabilities other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return VmxCapabilityComparison.Compare(this, other);
    }

    /// <summary>
    /// As <see cref="Read(IMsrSource)"/>, of a source that may lack any MSR: what is not known allows everything, and
    /// <see cref="UnknownAsked"/> hears of it.
    /// </summary>
    internal static VmxCapabilities ReadKnown(IMsrSource msrs)
    {
        var reader = new KnownMsrReader(msrs);
        var ranges = reader.ReadControls();
        return new VmxCapabilities(ranges, reader.Unknown)
        {
            Basic = new VmxBasic(reader.Read(VmxMsr.Ia32VmxBasic)),
            Misc = new VmxMisc(reader.Read(VmxMsr.Ia32VmxMisc)),
            Cr0 = reader.ReadFixedBits(VmxMsr.Ia32VmxCr0Fixed0, VmxMsr.Ia32VmxCr0Fixed1),
            Cr4 = reader.ReadFixedBits(VmxMsr.Ia32VmxCr4Fixed0, VmxMsr.Ia32VmxCr4Fixed1),
            VmcsEnumeration = new VmcsEnumeration(reader.Read(VmxMsr.Ia32VmxVmcsEnum)),
            EptVpid = new EptVpidCapabilities(reader.ReadEptVpid(ranges)),
        };
    }

    /// <summary>Hears of every MSR that was asked for and is not known.</summary>
    internal Action<VmxMsr>? UnknownAsked { get; set; }

    internal VmxControlRange RangeOf(VmxControlWord word) => Noticed(_ranges[word.Index].Msr, _ranges[word.Index]);

    private T Noticed<T>(VmxMsr msr, T value)
    {
        if (_unknown.Count != 0 && _unknown.Contains(msr))
            UnknownAsked?.Invoke(msr);
        return value;
    }

    private VmxControlSettings<TControls> Settings<TControls>(VmxControlWord word)
        where TControls : unmanaged => new(word, RangeOf(word));
}
