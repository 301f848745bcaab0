using System;
using System.Buffers.Binary;
using System.IO;
using System.Linq;
using System.Text;
using VmcsGen.Tool;
using VmcsGen.Tool.Btf;
using VmcsGen.Tool.Headers;

namespace VmcsGen.Facts;

/// <summary>A module of a kernel: the structs that its BTF describes, and its tables as its symbols name them.</summary>
/// <param name="path">The module, not compressed.</param>
/// <param name="kernel">Its kernel, as ELF.</param>
internal sealed class KernelModule(string path, string kernel)
{
    // System V ABI, Elf64_Sym.
    private const int SymbolSize = 24;

    private readonly BtfTypes _types = BtfSource.Read(path, kernel);

    /// <summary>A struct, of which the structs that it holds stay bytes.</summary>
    public CRecord Struct(string tag) => KernelStructs.Of(_types, [tag], withHeld: false, []).Single();

    /// <summary>The bytes of a variable.</summary>
    /// <param name="names">Its name; of several, the first that there is.</param>
    public byte[] Variable(string[] names)
    {
        using var file = File.OpenRead(path);
        var elf = new ElfSection(file);
        return names.Select(name => Variable(elf, name)).FirstOrDefault(static bytes => bytes is not null)
            ?? throw new InputException($"{path}: there is no variable {string.Join(" or ", names)}.");
    }

    private byte[]? Variable(ElfSection elf, string name)
    {
        var (symbols, names) = (Section(elf, ".symtab"), Section(elf, ".strtab"));
        var wanted = Encoding.ASCII.GetBytes(name + '\0');
        for (var at = 0; at + SymbolSize <= symbols.Length; at += SymbolSize)
        {
            var symbol = symbols.AsSpan(at, SymbolSize);
            if (!names.AsSpan(BinaryPrimitives.ReadInt32LittleEndian(symbol)).StartsWith(wanted))
                continue;
            var section = elf.Read(BinaryPrimitives.ReadUInt16LittleEndian(symbol[6..]));
            return section
                .AsSpan((int)BinaryPrimitives.ReadInt64LittleEndian(symbol[8..]), (int)BinaryPrimitives.ReadInt64LittleEndian(symbol[16..]))
                .ToArray();
        }
        return null;
    }

    private byte[] Section(ElfSection elf, string name) =>
        elf.Read(name) ?? throw new InputException($"{path}: there is no section {name}: the module has no symbols.");
}
