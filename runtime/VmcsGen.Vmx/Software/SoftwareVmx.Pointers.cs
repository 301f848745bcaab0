using System;
using System.Buffers.Binary;

namespace VmcsGen.Vmx.Software;

// VMCLEAR, VMPTRLD, VMPTRST and the cache of the current VMCS (SDM 3C, chapter 31).
public sealed partial class SoftwareVmx
{
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
            _cache.LaunchState = Clear;
            WriteBack();
            _current = NoPointer;
            return VmxResult.Success;
        }
        // Writes to where there is no memory get lost, as on a bus.
        if (Memory.Contains(region + SoftwareVmcsCache.LaunchStateOffset, sizeof(uint)))
            Memory.WriteUInt32(region + SoftwareVmcsCache.LaunchStateOffset, Clear);
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

    // Where there is no memory all ones are read, and no processor has that revision.
    private VmcsRevision ReadRevision(ulong region)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        Memory.ReadOrOnes(region, bytes);
        return new VmcsRevision(BinaryPrimitives.ReadUInt32LittleEndian(bytes));
    }

    private void WriteBack()
    {
        if (_current != NoPointer)
            _cache.Save(Memory, _current);
    }
}
