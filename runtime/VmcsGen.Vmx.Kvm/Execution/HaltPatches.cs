using System;
using VmcsGen.Kvm;

namespace VmcsGen.Vmx.Kvm;

/// <summary>
/// HLT in the place of the first instructions of handlers, for as long as one instruction is executed. It stops the guest where debug
/// registers have no effect, as in QEMU's emulation of SVM. An instruction that reads the code of a handler reads HLT there.
/// </summary>
internal ref struct HaltPatches
{
    private const byte Hlt = 0xF4;

    private readonly GuestPhysicalMap _map;
    private readonly Span<Patch> _patches;
    private int _count;

    private HaltPatches(GuestPhysicalMap map, Span<Patch> patches)
    {
        _map = map;
        _patches = patches;
    }

    /// <summary>Writes HLT.</summary>
    /// <param name="map">Guest-physical memory.</param>
    /// <param name="sregs">The guest's registers.</param>
    /// <param name="stops">Linear addresses; those without memory are left out.</param>
    /// <param name="patches">Room for as many patches.</param>
    internal static HaltPatches Place(GuestPhysicalMap map, in KvmSregs sregs, ReadOnlySpan<ulong> stops, Span<Patch> patches)
    {
        var placed = new HaltPatches(map, patches);
        foreach (var linear in stops)
        {
            var translation = GuestPaging.Translate(map, sregs, linear, isFetch: false);
            if (translation.Outcome == GuestTranslationOutcome.Translated && !placed.Covers(translation.Address))
                placed.Add(linear, translation.Address);
        }
        return placed;
    }

    /// <summary>Puts back what was there.</summary>
    internal readonly void Restore()
    {
        foreach (ref readonly var patch in _patches[.._count])
            _map.Write(patch.Physical, patch.Original);
    }

    /// <summary>Whether the guest halted at one of them.</summary>
    /// <param name="linear">The linear address behind the HLT.</param>
    internal readonly bool HaltedBefore(ulong linear)
    {
        foreach (ref readonly var patch in _patches[.._count])
        {
            if (patch.Linear + 1 == linear)
                return true;
        }
        return false;
    }

    private readonly bool Covers(ulong physical)
    {
        foreach (ref readonly var patch in _patches[.._count])
        {
            if (patch.Physical == physical)
                return true;
        }
        return false;
    }

    private void Add(ulong linear, ulong physical)
    {
        Span<byte> original = stackalloc byte[1];
        if (!_map.IsMemory(physical) || _map.Read(physical, original) != 1)
            return;
        _patches[_count++] = new(linear, physical, original[0]);
        _map.Write(physical, Hlt);
    }

    /// <summary>A place with HLT.</summary>
    /// <param name="Linear">Its linear address.</param>
    /// <param name="Physical">Its guest-physical address.</param>
    /// <param name="Original">What was there.</param>
    internal readonly record struct Patch(ulong Linear, ulong Physical, byte Original);
}
