using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using VmcsGen.Kvm;
using VmcsGen.Tool.Facts;
using VmcsGen.Tool.Machine;
using VmcsGen.Vmx;

namespace VmcsGen.Tool.Images;

/// <summary>
/// What VmState.Save writes, section by section (docs/snapshot-format.md). It holds one section at a time; of memory it keeps a hash.
/// </summary>
internal sealed class SnapshotImage
{
    // 4096 vCPUs have fewer.
    private const int MostParts = 65_536;

    private static readonly Dictionary<uint, string> s_structs = new()
    {
        [SnapshotTag.Irqchip] = "kvm_irqchip",
        [SnapshotTag.Pit] = "kvm_pit_state2",
        [SnapshotTag.Clock] = "kvm_clock_data",
        [SnapshotTag.Regs] = "kvm_regs",
        [SnapshotTag.Sregs] = "kvm_sregs2",
        [SnapshotTag.Xcrs] = "kvm_xcrs",
        [SnapshotTag.Fpu] = "kvm_fpu",
        [SnapshotTag.DebugRegs] = "kvm_debugregs",
        [SnapshotTag.Lapic] = "kvm_lapic_state",
        [SnapshotTag.Events] = "kvm_vcpu_events",
        [SnapshotTag.MultiprocessingState] = "kvm_mp_state",
    };

    private readonly SnapshotReader _reader;
    private readonly List<DecodedPart> _parts = [];
    private readonly List<SnapshotMemory> _memories = [];
    private string _owner = "VM: ";
    private MachineFacts _machine = new();

    private SnapshotImage(Stream stream) => _reader = new(stream);

    /// <summary>Whether a file begins as one does.</summary>
    public static bool Fits(ReadOnlySpan<byte> head) => head.StartsWith(SnapshotFormat.Magic);

    /// <summary>Reads it.</summary>
    /// <param name="stream">The file.</param>
    /// <exception cref="InputException">It is damaged; the message says where.</exception>
    public static IEnumerable<DecodedPart> Read(Stream stream)
    {
        var image = ReadAll(stream);
        return [.. image._memories.Select(static (memory, i) => memory.Describe(i)), .. image._parts];
    }

    /// <summary>What a snapshot says of the machine that the guest saw: CPUID and VMX capability MSRs of its last vCPU.</summary>
    /// <exception cref="InputException">It is damaged; the message says where.</exception>
    public static MachineFacts MachineOf(Stream stream) => ReadAll(stream)._machine;

    private static SnapshotImage ReadAll(Stream stream)
    {
        var image = new SnapshotImage(stream);
        try
        {
            image._reader.Begin();
        }
        catch (InvalidDataException e)
        {
            throw new InputException($"bytes 0 to {SnapshotFormat.HeaderSize - 1}: {e.Message}");
        }
        try
        {
            while (image._reader.Next())
                image.Take();
        }
        catch (InvalidDataException e)
        {
            throw new InputException(e.Message);
        }
        return image;
    }

    private long Start => _reader.Position - _reader.Content.Length;

    private void Take()
    {
        if (_parts.Count + _memories.Count >= MostParts)
            throw _reader.Wrong($"there are more than {MostParts} sections");
        var content = _reader.Content;
        switch (_reader.Tag)
        {
            case SnapshotTag.Memory:
                _memories.Add(new(_reader.Get<ulong>(), Start));
                break;
            case SnapshotTag.Pages:
                TakePages(content);
                break;
            case SnapshotTag.Data:
                break;
            case SnapshotTag.Extents:
                TakeExtents(_reader.GetAll<ExtentRecord>());
                break;
            case SnapshotTag.Sums:
                TakeSums(_reader.GetAll<uint>());
                break;
            case SnapshotTag.Identity:
                TakeIdentity(_reader.Get<IdentityRecord>());
                break;
            case SnapshotTag.Named:
                TakeNamed();
                break;
            case SnapshotTag.TscOffset:
                Add("TSC offset", [Number("offset", content, 0, 8)]);
                break;
            case SnapshotTag.Slot:
                Add("slot", [Number("number", content, 0, 4), Number("flags", content, 4, 4), .. Slot(content)]);
                break;
            case SnapshotTag.Vcpu:
                _owner = $"vCPU {_reader.Get<int>()}: ";
                _machine = new();
                break;
            case SnapshotTag.TscFrequency:
                Add("TSC", [new("kHz", Start, $"{_reader.Get<uint>()}", "", IsZero: false)]);
                break;
            case SnapshotTag.Xsave:
                Add("XSAVE area", [new("bytes", Start, $"{content.Length}", "", IsZero: false)]);
                break;
            case SnapshotTag.Cpuid:
                TakeCpuid(_reader.GetAll<KvmCpuidEntry2>());
                break;
            case SnapshotTag.Msrs:
                TakeMsrs(_reader.GetAll<KvmMsrEntry>());
                break;
            case SnapshotTag.NestedState:
                _parts.AddRange(NestedStateImage.Read(content, _machine, Start, _owner));
                break;
            case SnapshotTag.Gaps:
                Add(
                    "what the host did not have",
                    _reader.GetAll<StateGap>().Select((gap, i) => new DecodedValue($"{i}", Start + (12 * i), $"{gap}", "", IsZero: false))
                );
                break;
            default:
                TakeStruct(content);
                break;
        }
    }

    private void TakeStruct(ReadOnlySpan<byte> content)
    {
        if (s_structs.TryGetValue(_reader.Tag, out var native))
            Add(native, StructImage.Read(native, content, offset: Start));
        else if (SnapshotTag.IsOptional(_reader.Tag))
            Add($"section {SnapshotTag.NameOf(_reader.Tag)}", [new("bytes", Start, $"{content.Length}", "", IsZero: false)]);
        else
            throw _reader.Wrong("it is not known, and says it must not be skipped");
    }

    private void TakePages(ReadOnlySpan<byte> content)
    {
        if (content.Length < SnapshotFormat.PagesHeaderSize)
            throw _reader.Wrong($"it has {content.Length} bytes, fewer than its header");
        var index = BinaryPrimitives.ReadUInt32LittleEndian(content);
        if (index >= _memories.Count)
            throw _reader.Wrong($"it names memory {index}, and there were {_memories.Count} so far");
        _memories[(int)index].Add(content);
    }

    private void TakeExtents(ExtentRecord[] extents)
    {
        foreach (var extent in extents)
        {
            if (extent.MemoryIndex >= _memories.Count)
                throw _reader.Wrong($"it names memory {extent.MemoryIndex}, and there were {_memories.Count} so far");
            _memories[(int)extent.MemoryIndex].Add(extent);
        }
    }

    private void TakeSums(uint[] sums)
    {
        foreach (var sum in sums)
        {
            var memory =
                _memories.Find(static memory => memory.AwaitsSums) ?? throw _reader.Wrong("it has more checksums than there are pages");
            memory.AddSum(sum);
        }
    }

    private void TakeIdentity(IdentityRecord identity)
    {
        List<DecodedValue> values = [new("id", Start, $"{identity.Id}", "", IsZero: false)];
        if (identity.BaseId != Guid.Empty)
            values.Add(new("holds the differences to", Start + 16, $"{identity.BaseId}", "", IsZero: false));
        Add("snapshot", values);
    }

    private void TakeNamed()
    {
        Dictionary<string, byte[]> sections = [];
        NamedSection.Read(_reader, sections);
        foreach (var (name, content) in sections)
            Add($"section '{name}' of the VMM", [new("bytes", Start, $"{content.Length}", "", content.Length == 0)]);
    }

    private IEnumerable<DecodedValue> Slot(ReadOnlySpan<byte> content) =>
        [Number("guest physical address", content, 8, 8), Number("memory", content, 16, 4)];

    private DecodedValue Number(string name, ReadOnlySpan<byte> content, int offset, int size)
    {
        if (content.Length < offset + size)
            throw _reader.Wrong($"it has {content.Length} bytes, and {offset + size} were expected");
        var value = size == 4 ? MemoryMarshal.Read<uint>(content[offset..]) : MemoryMarshal.Read<ulong>(content[offset..]);
        return new(name, Start + offset, $"0x{value:X}", "", value == 0);
    }

    private void TakeCpuid(KvmCpuidEntry2[] entries)
    {
        var cpuid = new CpuidBuilder();
        foreach (var entry in entries)
            cpuid.Set(entry);
        _machine = _machine with { Cpuid = cpuid };
        Add(
            "CPUID",
            entries.Select(
                (entry, i) =>
                    new DecodedValue(
                        $"leaf 0x{entry.Function:X}, subleaf {entry.Index}",
                        Start + (40 * i),
                        $"0x{entry.Eax:X8} 0x{entry.Ebx:X8} 0x{entry.Ecx:X8} 0x{entry.Edx:X8}",
                        "",
                        (entry.Eax | entry.Ebx | entry.Ecx | entry.Edx) == 0
                    )
            )
        );
    }

    private void TakeMsrs(KvmMsrEntry[] entries)
    {
        var known = new MsrValues();
        foreach (var entry in entries.Where(static entry => Enum.IsDefined((VmxMsr)entry.Index)))
            known[(VmxMsr)entry.Index] = entry.Data;
        if (known.Any())
            _machine = _machine with { Msrs = known };
        Add(
            "MSRs",
            entries.Select(
                (entry, i) => new DecodedValue(MsrFacts.NameOf(entry.Index), Start + (16 * i), $"0x{entry.Data:X}", "", entry.Data == 0)
            )
        );
    }

    private void Add(string title, IEnumerable<DecodedValue> values) => _parts.Add(new(_owner + title, [.. values]));
}
