using System;

namespace VmcsGen.Vmx.Software;

// VMCLEAR, VMPTRLD, VMPTRST and the cache of the current VMCS (SDM 3C, chapter 31).
public sealed partial class SoftwareVmx
{
    private const uint Clear = 0;
    private const uint Launched = 1;

    /// <inheritdoc/>
    public VmxResult Vmclear(ulong region)
    {
        RequireVmxOperation($"VMCLEAR 0x{region:X}");
        if (!IsRegionAddress(region))
            return Fail(VmInstructionError.VmclearInvalidPhysicalAddress);
        if (region == _vmxonPointer)
            return Fail(VmInstructionError.VmclearVmxonPointer);
        if (region == _current)
        {
            _cache.LaunchState = Clear;
            WriteBack();
            _current = NoPointer;
            return VmxResult.Success;
        }
        try
        {
            Memory.WriteUInt32(region + SoftwareVmcsCache.LaunchStateOffset, Clear);
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
        RequireVmxOperation($"VMPTRLD 0x{region:X}");
        if (!IsRegionAddress(region))
            return Fail(VmInstructionError.VmptrldInvalidPhysicalAddress);
        if (region == _vmxonPointer)
            return Fail(VmInstructionError.VmptrldVmxonPointer);
        var revision = ReadRevision(region);
        var hasShadowing = Capabilities.SecondaryProcessorBased.Allowed1.VmcsShadowing;
        if (revision.RevisionIdentifier != _region.RevisionIdentifier || (revision.ShadowVmcsIndicator && !hasShadowing))
            return Fail(VmInstructionError.VmptrldIncorrectRevisionIdentifier);
        if (region == _current)
            return VmxResult.Success;
        WriteBack();
        _cache.Load(Memory, region);
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
            _cache.Save(Memory, _current);
    }
}
