using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using VmcsGen.Testing;
using VmcsGen.Vmx;

namespace VmcsGen.Tool.Tests.Images;

/// <summary>Pages with VMCSs, written by the offsets in tests/facts, which come from the kernel's own sources.</summary>
internal sealed class FactPage
{
    private readonly Dictionary<VmcsField, (int Offset, int Size)> _places = [];
    private readonly uint _revision;

    private FactPage(uint revision, JsonElement members)
    {
        _revision = revision;
        foreach (var member in members.EnumerateArray().Where(static one => one.TryGetProperty("encodings", out _)))
        {
            var encoding = member.GetProperty("encodings")[0].GetProperty("encoding").GetString()!;
            var field = (VmcsField)uint.Parse(encoding[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            _places[field] = (member.GetProperty("offset").GetInt32(), member.GetProperty("size").GetInt32());
        }
    }

    public static FactPage Vmcs12 { get; } = new(0x11E5_7ED0, Facts("vmcs12.json").GetProperty("current").GetProperty("fields"));

    public static FactPage Enlightened { get; } = new(1, Facts("evmcs.json").GetProperty("fields"));

    public IReadOnlyCollection<VmcsField> Fields => _places.Keys;

    public int OffsetOf(VmcsField field) => _places[field].Offset;

    public byte[] Write(IReadOnlyDictionary<VmcsField, ulong> fields)
    {
        var page = new byte[4096];
        BitConverter.TryWriteBytes(page, _revision);
        foreach (var (field, (offset, size)) in _places)
            BitConverter.GetBytes(fields.GetValueOrDefault(field)).AsSpan(0, size).CopyTo(page.AsSpan(offset));
        return page;
    }

    private static JsonElement Facts(string name) =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(RuntimeSources.Root, "tests", "facts", name))).RootElement;
}
