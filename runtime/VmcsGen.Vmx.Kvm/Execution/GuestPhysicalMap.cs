using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using VmcsGen.Vmx.Software;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Kvm;

/// <summary>
/// What guest-physical addresses are translated to: by EPT as it stands at VM entry, or, without EPT, each to itself
/// (SDM 3C 29.3).
/// </summary>
internal sealed class GuestPhysicalMap
{
    private readonly List<GuestPhysicalRun> _runs = [];
    private readonly List<(ulong Start, ulong Length)> _misconfigured = [];
    private readonly IPhysicalMemory _memory;
    private readonly ulong _memorySize;
    private readonly EptVpidCapabilities _capabilities;
    private readonly int _physicalAddressWidth;

    private GuestPhysicalMap(IPhysicalMemory memory, ulong memorySize, EptVpidCapabilities capabilities, int physicalAddressWidth)
    {
        _memory = memory;
        _memorySize = memorySize;
        _capabilities = capabilities;
        _physicalAddressWidth = physicalAddressWidth;
    }

    /// <summary>The runs that can be read, by address. Neighbours that go on in each other are one.</summary>
    internal IReadOnlyList<GuestPhysicalRun> Runs => _runs;

    /// <summary>Whether an entry allows execution alone, which KVM's memory slots cannot.</summary>
    internal bool HasExecuteOnly { get; private set; }

    internal static GuestPhysicalMap Read(VmxGuest guest, ulong memorySize)
    {
        if (!guest.Controls.SecondaryProcessorBased.EnableEpt)
            return Identity(guest.Memory, memorySize);
        var map = new GuestPhysicalMap(guest.Memory, memorySize, guest.Capabilities.EptVpid, guest.PhysicalAddressWidth);
        map.Walk(guest.Vmcs.EptPointer.RootTableAddress, guest.Vmcs.EptPointer.RootLevel, 0, true, true);
        return map;
    }

    /// <summary>Memory as it is without EPT.</summary>
    internal static GuestPhysicalMap Identity(IPhysicalMemory memory, ulong size)
    {
        var map = new GuestPhysicalMap(memory, size, default, physicalAddressWidth: 0);
        map._runs.Add(new GuestPhysicalRun(0, 0, size, true, true));
        return map;
    }

    internal GuestPhysicalRun? Find(ulong address)
    {
        var low = 0;
        var high = _runs.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var run = _runs[middle];
            if (address < run.Start)
                high = middle - 1;
            else if (address >= run.End)
                low = middle + 1;
            else
                return run;
        }
        return null;
    }

    internal bool IsMisconfigured(ulong address) =>
        _misconfigured.Exists(range => address >= range.Start && address - range.Start < range.Length);

    /// <summary>Reads what a guest-physical address holds.</summary>
    /// <returns>How many bytes there are until the translation ends; what lies outside of memory reads as ones.</returns>
    internal int Read(ulong address, Span<byte> destination)
    {
        if (Find(address) is not { } run)
            return 0;
        var length = (int)Math.Min((ulong)destination.Length, run.End - address);
        ReadOrOnes(run.Physical + (address - run.Start), destination[..length]);
        return length;
    }

    /// <summary>Whether there is memory behind a guest-physical address.</summary>
    internal bool IsMemory(ulong address) => Find(address) is { } run && run.Physical + (address - run.Start) < _memorySize;

    /// <summary>Changes a byte of memory.</summary>
    internal void Write(ulong address, byte value)
    {
        var run = Find(address)!.Value;
        _memory.Write(run.Physical + (address - run.Start), [value]);
    }

    // As on a bus where nothing answers.
    private void ReadOrOnes(ulong physical, Span<byte> destination)
    {
        try
        {
            _memory.Read(physical, destination);
        }
        catch (ArgumentOutOfRangeException)
        {
            destination.Fill(0xFF);
        }
    }

    private void Walk(ulong table, EptLevel level, ulong start, bool isWritable, bool isExecutable)
    {
        Span<byte> bytes = stackalloc byte[VmxPage.Size];
        ReadOrOnes(table, bytes);
        var entries = MemoryMarshal.Cast<byte, EptEntry>(bytes);
        for (var i = 0; i < entries.Length; i++)
        {
            var entry = entries[i];
            var address = start + ((ulong)i * level.BytesPerEntry);
            if (!entry.IsPresent())
                continue;
            if (entry.FindMisconfiguration(level, _capabilities, _physicalAddressWidth) != EptMisconfiguration.None)
            {
                _misconfigured.Add((address, level.BytesPerEntry));
                continue;
            }
            var (write, execute) = (isWritable && entry.Write, isExecutable && entry.Execute);
            if (!entry.Read)
                HasExecuteOnly = true;
            else if (entry.MapsPage(level))
                Add(new GuestPhysicalRun(address, entry.PhysicalAddress, level.BytesPerEntry, write, execute));
            else
                Walk(entry.PhysicalAddress, level - 1, address, write, execute);
        }
    }

    private void Add(GuestPhysicalRun run)
    {
        if (
            _runs.Count != 0
            && _runs[^1] is var last
            && last.End == run.Start
            && last.Physical + last.Length == run.Physical
            && last.IsWritable == run.IsWritable
            && last.IsExecutable == run.IsExecutable
        )
        {
            _runs[^1] = last with { Length = last.Length + run.Length };
        }
        else
        {
            _runs.Add(run);
        }
    }
}
