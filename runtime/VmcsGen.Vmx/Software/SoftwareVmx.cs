using System;
using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using VmcsGen.Vmx.Entry;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Software;

/// <summary>
/// The VMX instruction set in C#: a logical processor whose VMCS regions lie in physical memory, in the format that the profile
/// names. It runs everywhere, without a CPU that has VMX and without privileges; to run guests it takes an executor.
/// </summary>
/// <remarks>
/// The launch state is in bytes 11:8 of a region, where KVM's <see cref="Vmcs12"/> has launch_state. Fields of the current VMCS are cached
/// and written back to its region by VMCLEAR, by VMPTRLD of another and by VMXOFF, so that a region can be looked at after those.
/// </remarks>
/// <example><code>
/// var processor = new SoftwareVmx(new PhysicalMemory(1 &lt;&lt; 24));
/// processor.WriteControlRegister(ControlRegister.Cr4, processor.ReadControlRegister(ControlRegister.Cr4) | 1 &lt;&lt; 13);
/// processor.Vmxon(region).ThrowIfFailed("VMXON");
/// </code></example>
public sealed partial class SoftwareVmx : IVmxProcessor, IVmEntryContextSource
{
    private const ulong NoPointer = ulong.MaxValue;

    private readonly SoftwareVmxProfile _profile;
    private readonly SoftwareMsrs _msrs;
    private readonly MsrValues _capabilityMsrs = [];
    private readonly FrozenSet<VmcsField> _absentFields;
    private readonly int _physicalAddressWidth;
    private readonly SoftwareVmcsRegion _region;
    private readonly SoftwareVmcsCache _cache;
    private FeatureControl _featureControl;
    private ulong _cr0;
    private ulong _cr2;
    private ulong _cr3;
    private ulong _cr4;
    private ulong _cr8;
    private bool _isInVmxOperation;
    private ulong _vmxonPointer = NoPointer;
    private ulong _current = NoPointer;

    /// <summary>A processor as after its program has entered 64-bit mode, outside of VMX operation.</summary>
    /// <param name="memory">Its physical memory.</param>
    /// <param name="profile">What processor it is; the default one if not given.</param>
    /// <param name="executor">What runs guests; without one, VMLAUNCH and VMRESUME of a valid guest throw.</param>
    /// <exception cref="System.IO.InvalidDataException">
    /// The profile's capability MSRs are not complete or contradict themselves.
    /// </exception>
    /// <exception cref="NotSupportedException">The profile has no IA32_VMX_BASIC.</exception>
    public SoftwareVmx(IPhysicalMemory memory, SoftwareVmxProfile? profile = null, IVmxGuestExecutor? executor = null)
    {
        ArgumentNullException.ThrowIfNull(memory);
        Memory = memory;
        Executor = executor;
        _profile = profile ?? new SoftwareVmxProfile();
        _region = SoftwareVmcsRegion.Of(_profile.VmcsFormat);
        _cache = new SoftwareVmcsCache(_region);
        foreach (var (msr, value) in _profile.CapabilityMsrs)
            _capabilityMsrs[msr] = msr == VmxMsr.Ia32VmxBasic ? OwnFormat(value) : value;
        var apx = ApxFeature.IsOn(_profile.Cpuid);
        Capabilities = VmxCapabilities.Read(_capabilityMsrs, apx);
        _absentFields = _profile.AbsentFields.ToFrozenSet();
        // SDM 3D A.9: the highest index of the fields that there are, whatever processor the other MSRs are of.
        _capabilityMsrs[VmxMsr.Ia32VmxVmcsEnum] = (Capabilities.VmcsEnumeration with { HighestIndex = HighestIndex() }).Value;
        Capabilities = VmxCapabilities.Read(_capabilityMsrs, apx);

        var addresses = _profile.Cpuid(0x8000_0008, 0).Eax;
        _physicalAddressWidth = (int)(addresses & 0xFF);
        var hasNoExecute = (_profile.Cpuid(0x8000_0001, 0).Edx & 1u << 20) != 0;
        _msrs = new SoftwareMsrs(_profile.Msrs, (int)(addresses >> 8 & 0xFF), hasNoExecute);
        foreach (var msr in SwitchedMsr.All)
        {
            if (msr.ExistsOn(Capabilities))
                _msrs.AddMissing(msr.Index);
        }
        _featureControl = _profile.FeatureControl;
        _cr0 = _profile.Cr0;
        _cr3 = _profile.Cr3;
        _cr4 = _profile.Cr4;
        _entry = new VmEntryState(_ => new VmcsValues(new ShownFields(this)), Capabilities, context: null);
        _guest = new VmxGuest(Vmcs, Memory, Capabilities, _physicalAddressWidth, _msrs, _events);
    }

    /// <inheritdoc/>
    public IPhysicalMemory Memory { get; }

    /// <summary>What runs guests, if anything.</summary>
    public IVmxGuestExecutor? Executor { get; }

    /// <inheritdoc/>
    public VmxCapabilities Capabilities { get; }

    /// <inheritdoc/>
    public HostEnvironment HostEnvironment => _profile.HostEnvironment;

    /// <summary>Whether the processor is in VMX operation: VMXON succeeded, and VMXOFF did not come since.</summary>
    public bool IsInVmxOperation => _isInVmxOperation;

    /// <summary>
    /// Whether the instruction before was MOV SS or POP SS, which makes VM entry fail with error 26. The next VMX instruction ends it.
    /// </summary>
    public bool IsBlockedByMovSs { get; set; }

    /// <inheritdoc/>
    public CpuidValues Cpuid(uint leaf, uint subleaf = 0) => _profile.Cpuid(leaf, subleaf);

    private Vmcs<SoftwareVmcs> Vmcs => new(new SoftwareVmcs(_cache));

    private uint HighestIndex()
    {
        var highest = 0;
        foreach (ref readonly var info in VmcsFields.All)
        {
            if (HasField(info.Field))
                highest = Math.Max(highest, info.Field.Index);
        }
        return (uint)highest;
    }

    private bool IsShadow => _cache.Revision.ShadowVmcsIndicator;

    private ulong OwnFormat(ulong basic) =>
        (new VmxBasic(basic) with { VmcsRevisionIdentifier = _region.RevisionIdentifier, VmcsRegionSize = VmxPage.Size }).Value;

    // SDM 3C 31.2: with a current VMCS the error number goes there, without one nowhere.
    private VmxResult Fail(VmInstructionError error)
    {
        if (_current == NoPointer)
            return VmxResult.FailInvalid;
        _cache.TryWrite(VmcsField.VmInstructionError, (ulong)error);
        return VmxResult.FailValid(error);
    }

    private void RequireVmxOperation(string instruction, ulong? operand = null)
    {
        IsBlockedByMovSs = false;
        if (!_isInVmxOperation)
            RaiseUndefined(operand is { } address ? $"{instruction} 0x{address:X}" : instruction, "the processor is not in VMX operation");
    }

    private bool IsRegionAddress(ulong address) =>
        address % VmxPage.Size == 0
        && address >> _physicalAddressWidth == 0
        && (!Capabilities.Basic.PhysicalAddresses32Bit || address >> 32 == 0);

    [DoesNotReturn]
    private static void RaiseUndefined(string operation, string reason) =>
        throw new ProcessorFaultException(operation, ExceptionVector.InvalidOpcode, null, reason);

    [DoesNotReturn]
    private static void RaiseProtection(string operation, string reason) =>
        throw new ProcessorFaultException(operation, ExceptionVector.GeneralProtection, 0, reason);
}
