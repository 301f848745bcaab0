using System;
using System.Collections.Generic;
using System.IO;
using Iced.Intel;

namespace VmcsGen.Agent;

/// <summary>
/// Code, and tables that hold addresses of that code: these are known only after it was assembled, so tables are filled in then.
/// </summary>
internal sealed class MachineCode(int bitness)
{
    private readonly List<(Label Label, int Size, Action<BinaryWriter, Func<Label, ulong>> Write)> _tables = [];

    private AssemblerResult _result;

    public Assembler Assembler { get; } = new(bitness);

    /// <summary>A table, here in the code.</summary>
    /// <param name="label">Its name.</param>
    /// <param name="size">Its size in bytes.</param>
    /// <param name="write">Writes it, given a way to ask for addresses.</param>
    public void Table(ref Label label, int size, Action<BinaryWriter, Func<Label, ulong>> write)
    {
        Assembler.Label(ref label);
        Assembler.db(new byte[size]);
        _tables.Add((label, size, write));
    }

    /// <summary>Where something is. Known once the code was assembled.</summary>
    public ulong AddressOf(Label label) => _result.GetLabelRIP(label);

    /// <summary>The bytes.</summary>
    /// <param name="origin">The address of the first one.</param>
    public byte[] Assemble(ulong origin)
    {
        using var stream = new MemoryStream();
        _result = Assembler.Assemble(new StreamCodeWriter(stream), origin, BlockEncoderOptions.ReturnNewInstructionOffsets);

        using var writer = new BinaryWriter(stream);
        foreach (var (label, size, write) in _tables)
        {
            var start = (long)(AddressOf(label) - origin);
            stream.Position = start;
            write(writer, AddressOf);
            if (stream.Position > start + size)
                throw new InvalidOperationException($"Table '{label.Name}' has {stream.Position - start} bytes, more than its {size}.");
        }
        return stream.ToArray();
    }
}
