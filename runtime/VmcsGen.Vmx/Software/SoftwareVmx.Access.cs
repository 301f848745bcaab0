using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Software;

// VMREAD and VMWRITE, INVEPT and INVVPID (SDM 3C, chapter 31).
public sealed partial class SoftwareVmx
{
    /// <inheritdoc/>
    public VmxResult Vmread(VmcsField field, out ulong value)
    {
        RequireVmxOperation("VMREAD");
        value = 0;
        if (_current == NoPointer)
            return VmxResult.FailInvalid;
        if (!HasField(field))
            return Fail(VmInstructionError.UnsupportedVmcsComponent);
        SoftwareVmcsFormat.TryRead(_cache, field, out value);
        return VmxResult.Success;
    }

    /// <inheritdoc/>
    public VmxResult Vmwrite(VmcsField field, ulong value)
    {
        RequireVmxOperation("VMWRITE");
        if (_current == NoPointer)
            return VmxResult.FailInvalid;
        if (!HasField(field))
            return Fail(VmInstructionError.UnsupportedVmcsComponent);
        if (field.IsReadOnly && !Capabilities.Misc.VmwriteExitInformation)
            return Fail(VmInstructionError.VmwriteReadOnlyVmcsComponent);
        SoftwareVmcsFormat.TryWrite(_cache, field, value);
        return VmxResult.Success;
    }

    /// <inheritdoc/>
    /// <remarks>Nothing is cached here, so that there is nothing to drop.</remarks>
    public VmxResult Invept(InveptType type, in InveptDescriptor descriptor)
    {
        RequireVmxOperation("INVEPT");
        var ept = Capabilities.EptVpid;
        if (!ept.Invept)
            RaiseUndefined("INVEPT", "the processor does not have it");
        var isValid = type switch
        {
            InveptType.SingleContext => ept.InveptSingleContext && IsEptPointer(descriptor.Eptp),
            InveptType.AllContexts => ept.InveptAllContexts,
            _ => false,
        };
        return isValid ? VmxResult.Success : Fail(VmInstructionError.InvalidOperandToInveptInvvpid);
    }

    /// <inheritdoc/>
    /// <remarks>Nothing is cached here, so that there is nothing to drop.</remarks>
    public VmxResult Invvpid(InvvpidType type, in InvvpidDescriptor descriptor)
    {
        RequireVmxOperation("INVVPID");
        var vpid = Capabilities.EptVpid;
        if (!vpid.Invvpid)
            RaiseUndefined("INVVPID", "the processor does not have it");
        var isValid =
            descriptor.IsWellFormed
            && type switch
            {
                InvvpidType.IndividualAddress => vpid.InvvpidIndividualAddress
                    && descriptor.Vpid != 0
                    && _msrs.IsCanonical(descriptor.LinearAddress),
                InvvpidType.SingleContext => vpid.InvvpidSingleContext && descriptor.Vpid != 0,
                InvvpidType.AllContexts => vpid.InvvpidAllContexts,
                InvvpidType.SingleContextRetainingGlobals => vpid.InvvpidSingleContextRetainingGlobals && descriptor.Vpid != 0,
                _ => false,
            };
        return isValid ? VmxResult.Success : Fail(VmInstructionError.InvalidOperandToInveptInvvpid);
    }

    private bool HasField(VmcsField field) => Capabilities.Supports(field) && !_absentFields.Contains(field.Full);

    // SDM 3C 27.2.1.1: whether VM entry would take the EPT pointer.
    private bool IsEptPointer(EptPointer pointer)
    {
        var ept = Capabilities.EptVpid;
        var hasMemoryType = pointer.MemoryType switch
        {
            MemoryType.Uncacheable => ept.MemoryTypeUncacheable,
            MemoryType.WriteBack => ept.MemoryTypeWriteBack,
            _ => false,
        };
        var hasWalkLength = pointer.PageWalkLength switch
        {
            4 => ept.PageWalkLength4,
            5 => ept.PageWalkLength5,
            _ => false,
        };
        var known = new EptPointer
        {
            MemoryType = pointer.MemoryType,
            PageWalkLengthMinus1 = pointer.PageWalkLengthMinus1,
            EnableAccessedAndDirtyFlags = pointer.EnableAccessedAndDirtyFlags && ept.AccessedAndDirtyFlags,
            EnforceSupervisorShadowStack = pointer.EnforceSupervisorShadowStack && ept.SupervisorShadowStack,
            RootTableAddress = pointer.RootTableAddress,
        };
        return hasMemoryType && hasWalkLength && known.Value == pointer.Value && pointer.RootTableAddress >> _physicalAddressWidth == 0;
    }
}
