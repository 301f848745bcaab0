using System;

namespace VmcsGen.Vmx.Software;

// VMCLEAR, VMPTRLD, VMPTRST and the cache of the current VMCS (SDM 3C, chapter 31).
public sealed partial class SoftwareVmx
{
    // Where vmcs12 has launch_state.
    private const ulong LaunchStateOffset = 8;
    private const uint Clear = 0;
    private const uint Launched = 1;

    /// <inheritdoc/>
    public VmxResult Vmclear(ulong region)
    {
        RequireVmxOperation("VMCLEAR", region);
        if (!IsRegionAddress(region))
            return Fail(VmInstructionError.VmclearInvalidPhysicalAddress);
        if (region == _vmxonPointer)
            return Fail(VmInstructionError.VmclearVmxonPointer);
        if (region == _current)
        {
            _cache.Page.LaunchState = Clear;
            WriteBack();
            _current = NoPointer;
            return VmxResult.Success;
        }
        try
        {
            Memory.WriteUInt32(region + LaunchStateOffset, Clear);
        }
        catch (ArgumentOutOfRangeException)
        {
            // Writes to where there is no memory get lost, as on a bus.
        }
        return VmxResult.Success;
    }

    /// <inheritdoc/>
    public VmxResult Vmptrld(ulong region)
    {
        RequireVmxOperation("VMPTRLD", region);
        if (!IsRegionAddress(region))
            return Fail(VmInstructionError.VmptrldInvalidPhysicalAddress);
        if (region == _vmxonPointer)
            return Fail(VmInstructionError.VmptrldVmxonPointer);
        var revision = ReadRevision(region);
        var hasShadowing = Capabilities.SecondaryProcessorBased.Allowed1.VmcsShadowing;
        if (revision.RevisionIdentifier != SoftwareVmcsFormat.RevisionIdentifier || (revision.ShadowVmcsIndicator && !hasShadowing))
            return Fail(VmInstructionError.VmptrldIncorrectRevisionIdentifier);
        if (region == _current)
            return VmxResult.Success;
        WriteBack();
        Memory.Read(region, _cache.Bytes);
        _current = region;
        return VmxResult.Success;
    }

    /// <inheritdoc/>
    public VmxResult Vmptrst(out ulong region)
    {
        RequireVmxOperation("VMPTRST");
        region = _current;
        return VmxResult.Success;
    }

    // Reads from where there is no memory give all ones, as on a bus; no processor has that revision.
    private VmcsRevision ReadRevision(ulong region)
    {
        try
        {
            return new VmcsRevision(Memory.ReadUInt32(region));
        }
        catch (ArgumentOutOfRangeException)
        {
            return new VmcsRevision(uint.MaxValue);
        }
    }

    private void WriteBack()
    {
        if (_current != NoPointer)
            Memory.Write(_current, _cache.Bytes);
    }
}
