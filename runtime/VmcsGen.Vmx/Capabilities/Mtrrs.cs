using System;
using System.Collections.Generic;
using System.IO;
using VmcsGen.X86;

namespace VmcsGen.Vmx;

/// <summary>
/// The memory type range registers of a processor (MTRRs): which memory type each physical address has (SDM 3A 12.11). SMRR and other
/// range registers that have a say in SMM alone are not looked at.
/// </summary>
public sealed class Mtrrs
{
    private const int PageShift = 12;
    private const ulong FixedEnd = 0x10_0000;

    // The fixed ranges: eight of 64 KBytes, 16 of 16 KBytes and 64 of 4 KBytes, eight in each MSR.
    private static readonly (ulong Start, int Shift, uint Msr, int MsrCount)[] s_fixed =
    [
        (0, 16, (uint)X86Msr.Ia32MtrrFix64k00000, 1),
        (0x8_0000, 14, (uint)X86Msr.Ia32MtrrFix16k80000, 2),
        (0xC_0000, 12, (uint)X86Msr.Ia32MtrrFix4kC0000, 8),
    ];

    private readonly bool _isEnabled;
    private readonly MemoryType[]? _fixed;
    private readonly MtrrRange[] _variable;

    private Mtrrs(bool isEnabled, MemoryType defaultType, MemoryType[]? fixedTypes, MtrrRange[] variable)
    {
        _isEnabled = isEnabled;
        DefaultType = isEnabled ? defaultType : MemoryType.Uncacheable;
        _fixed = fixedTypes;
        _variable = variable;
    }

    /// <summary>The memory type of addresses that no range covers. While MTRRs are disabled all memory is uncacheable.</summary>
    public MemoryType DefaultType { get; }

    /// <summary>How many variable ranges are valid.</summary>
    public int VariableRangeCount => _variable.Length;

    /// <summary>Whether the fixed ranges decide on the first megabyte.</summary>
    public bool UsesFixedRanges => _fixed is not null;

    /// <summary>Reads the MTRRs.</summary>
    /// <param name="msrs">Where to read them from.</param>
    /// <exception cref="NotSupportedException">There is no IA32_MTRRCAP: the processor has no MTRRs.</exception>
    /// <exception cref="InvalidDataException">An MTRR is missing that IA32_MTRRCAP announces.</exception>
    public static Mtrrs Read(IMsrSource msrs)
    {
        ArgumentNullException.ThrowIfNull(msrs);
        if (!msrs.TryReadMsr((uint)X86Msr.Ia32Mtrrcap, out var capabilities))
            throw new NotSupportedException("The processor has no MTRRs: there is no IA32_MTRRCAP.");
        // SDM 3A 12.11.1 and 12.11.2.1: VCNT and FIX; the default type, FE and E.
        var count = (uint)(capabilities & 0xFF);
        var hasFixed = (capabilities & 1 << 8) != 0;
        var defaults = Demand(msrs, (uint)X86Msr.Ia32MtrrDefType);
        var isEnabled = (defaults & 1 << 11) != 0;
        var usesFixed = isEnabled && hasFixed && (defaults & 1 << 10) != 0;
        return new Mtrrs(
            isEnabled,
            (MemoryType)(defaults & 0xFF),
            usesFixed ? ReadFixed(msrs) : null,
            isEnabled ? ReadVariable(msrs, count) : []
        );
    }

    /// <summary>The memory type of an address.</summary>
    /// <param name="physicalAddress">The address.</param>
    public MemoryType TypeOf(ulong physicalAddress)
    {
        if (_fixed is not null && physicalAddress < FixedEnd)
            return _fixed[physicalAddress >> PageShift];
        MemoryType? type = null;
        foreach (var range in _variable)
        {
            if (range.Covers(physicalAddress))
                type = type is { } other ? MtrrRange.Combine(other, range.Type) : range.Type;
        }
        return type ?? DefaultType;
    }

    /// <summary>Physical memory from address 0 on, in the fewest ranges of one memory type each, in order and without gaps.</summary>
    /// <param name="end">The first address that is not asked about, a power of two and at least 4096.</param>
    /// <exception cref="ArgumentOutOfRangeException">The end is no power of two, or below 4096.</exception>
    public IReadOnlyList<MemoryTypeRange> RangesBelow(ulong end)
    {
        if (!ulong.IsPow2(end) || end >> PageShift == 0)
            throw new ArgumentOutOfRangeException(
                nameof(end),
                end,
                "MTRRs tell pages of 4096 bytes apart: give a power of two from 4096 on."
            );
        var ranges = new List<MemoryTypeRange>();
        AddBlock(ranges, 0, end);
        return ranges;
    }

    // A block whose size is a power of two, and at whose multiple it begins, is halved until it is of one type.
    private void AddBlock(List<MemoryTypeRange> ranges, ulong start, ulong size)
    {
        if (!IsUniform(start, size))
        {
            AddBlock(ranges, start, size / 2);
            AddBlock(ranges, start + (size / 2), size / 2);
            return;
        }
        var type = TypeOf(start);
        if (ranges.Count != 0 && ranges[^1].MemoryType == type)
            ranges[^1] = ranges[^1] with { Length = ranges[^1].Length + size };
        else
            ranges.Add(new(start, size, type));
    }

    private bool IsUniform(ulong start, ulong size)
    {
        if (size >> PageShift == 1)
            return true;
        if (_fixed is not null && start < FixedEnd)
            return false;
        foreach (var range in _variable)
        {
            if (range.Divides(start, size))
                return false;
        }
        return true;
    }

    private static MemoryType[] ReadFixed(IMsrSource msrs)
    {
        var types = new MemoryType[FixedEnd >> PageShift];
        foreach (var (start, shift, first, count) in s_fixed)
        {
            for (var i = 0; i < count * sizeof(ulong); i++)
            {
                var type = (MemoryType)(byte)(Demand(msrs, first + (uint)(i / sizeof(ulong))) >> (i % sizeof(ulong) * 8));
                types.AsSpan((int)((start >> PageShift) + ((ulong)i << (shift - PageShift))), 1 << (shift - PageShift)).Fill(type);
            }
        }
        return types;
    }

    private static MtrrRange[] ReadVariable(IMsrSource msrs, uint count)
    {
        var ranges = new List<MtrrRange>();
        for (var i = 0u; i < count; i++)
        {
            var first = (uint)X86Msr.Ia32MtrrPhysbase0 + (2 * i);
            var mask = Demand(msrs, first + 1);
            // SDM 3A 12.11.2.3: V of the mask, and the type of the base.
            if ((mask & 1 << 11) == 0)
                continue;
            var @base = Demand(msrs, first);
            ranges.Add(new(@base & ~0xFFFUL, mask & ~0xFFFUL, (MemoryType)(@base & 0xFF)));
        }
        return [.. ranges];
    }

    private static ulong Demand(IMsrSource msrs, uint index) =>
        msrs.TryReadMsr(index, out var value)
            ? value
            : throw new InvalidDataException($"IA32_MTRRCAP announces the MSR 0x{index:X}, and there is no such MSR.");
}
