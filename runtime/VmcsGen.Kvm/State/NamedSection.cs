using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;

namespace VmcsGen.Kvm;

/// <summary>A section of the VMM's own: the length of its name, the name in UTF-8, and the content.</summary>
internal static class NamedSection
{
    private const int LongestName = 255;

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    internal static void Write(SnapshotWriter writer, string name, byte[] content)
    {
        var bytes = s_strict.GetBytes(name);
        if (bytes.Length is 0 or > LongestName)
            throw new InvalidOperationException($"The section '{name}' needs a name of 1 to {LongestName} bytes.");
        var section = new byte[sizeof(uint) + bytes.Length + content.Length];
        BinaryPrimitives.WriteInt32LittleEndian(section, bytes.Length);
        bytes.CopyTo(section, sizeof(uint));
        content.CopyTo(section, sizeof(uint) + bytes.Length);
        writer.Write(SnapshotTag.Named, section);
    }

    internal static void Read(SnapshotReader reader, IDictionary<string, byte[]> sections)
    {
        var content = reader.Content;
        if (content.Length < sizeof(uint))
            throw reader.Wrong("it has no room for the length of its name");
        var length = BinaryPrimitives.ReadUInt32LittleEndian(content);
        if (length is 0 or > LongestName || length > content.Length - sizeof(uint))
            throw reader.Wrong($"its name has {length} bytes, and 1 to {LongestName} were expected, within the section");
        var name = Decode(reader, content.Slice(sizeof(uint), (int)length));
        if (!sections.TryAdd(name, content[(sizeof(uint) + (int)length)..].ToArray()))
            throw reader.Wrong($"there are two of the name '{name}'");
    }

    private static string Decode(SnapshotReader reader, ReadOnlySpan<byte> name)
    {
        try
        {
            return s_strict.GetString(name);
        }
        catch (DecoderFallbackException)
        {
            throw reader.Wrong("its name is not UTF-8");
        }
    }
}
