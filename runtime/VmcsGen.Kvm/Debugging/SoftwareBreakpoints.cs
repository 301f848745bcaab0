using System;
using System.Collections.Generic;

namespace VmcsGen.Kvm;

/// <summary>
/// INT3 in the place of guest instructions, and what stood there. Two linear addresses may lead to the same byte: it is then
/// restored with the last of them.
/// </summary>
internal sealed class SoftwareBreakpoints(GuestPhysicalMemory memory) : IMemoryPatch
{
    private const byte Int3 = 0xCC;

    private readonly Dictionary<ulong, Patch> _patches = [];

    /// <summary>Whether INT3 is written; else the places are only remembered, for who stops there by other means.</summary>
    internal bool WritesInt3 { get; set; } = true;

    internal int Count => _patches.Count;

    internal IReadOnlyCollection<ulong> Addresses => _patches.Keys;

    internal bool Contains(ulong linearAddress) => _patches.ContainsKey(linearAddress);

    internal void Add(ulong linearAddress, ulong physicalAddress)
    {
        var original = TryFindOriginal(physicalAddress, out var known) ? known : memory.Read<byte>(physicalAddress);
        if (WritesInt3)
            memory.Write(physicalAddress, Int3);
        _patches.Add(linearAddress, new Patch(physicalAddress, original));
    }

    /// <inheritdoc/>
    public void Lift(List<ulong> lifted)
    {
        foreach (var patch in _patches.Values)
        {
            if (!WritesInt3 || lifted.Contains(patch.PhysicalAddress) || memory.Read<byte>(patch.PhysicalAddress) != Int3)
                continue;
            memory.Write(patch.PhysicalAddress, patch.Original);
            lifted.Add(patch.PhysicalAddress);
        }
    }

    /// <inheritdoc/>
    public void Lower(List<ulong> lifted)
    {
        foreach (var patch in _patches.Values)
        {
            if (lifted.Contains(patch.PhysicalAddress))
                memory.Write(patch.PhysicalAddress, Int3);
        }
    }

    internal bool Remove(ulong linearAddress)
    {
        if (!_patches.Remove(linearAddress, out var patch))
            return false;
        if (!TryFindOriginal(patch.PhysicalAddress, out _))
            Restore(patch);
        return true;
    }

    /// <summary>Puts the instruction back for as long as it is executed.</summary>
    internal void Lift(ulong linearAddress) => Restore(_patches[linearAddress]);

    /// <summary>Ends a <see cref="Lift(ulong)"/>, unless the instruction replaced itself.</summary>
    internal void Lower(ulong linearAddress)
    {
        var patch = _patches[linearAddress];
        if (WritesInt3 && memory.Read<byte>(patch.PhysicalAddress) == patch.Original)
            memory.Write(patch.PhysicalAddress, Int3);
    }

    /// <summary>Shows bytes that were read as if there were no breakpoints.</summary>
    internal void Hide(ulong physicalAddress, Span<byte> bytes)
    {
        foreach (var patch in _patches.Values)
        {
            var index = patch.PhysicalAddress - physicalAddress;
            if (WritesInt3 && index < (ulong)bytes.Length && bytes[(int)index] == Int3)
                bytes[(int)index] = patch.Original;
        }
    }

    // The guest may have put other code there meanwhile, which is left as it is.
    private void Restore(Patch patch)
    {
        if (WritesInt3 && memory.Read<byte>(patch.PhysicalAddress) == Int3)
            memory.Write(patch.PhysicalAddress, patch.Original);
    }

    private bool TryFindOriginal(ulong physicalAddress, out byte original)
    {
        foreach (var patch in _patches.Values)
        {
            original = patch.Original;
            if (patch.PhysicalAddress == physicalAddress)
                return true;
        }
        original = 0;
        return false;
    }

    private readonly record struct Patch(ulong PhysicalAddress, byte Original);
}
