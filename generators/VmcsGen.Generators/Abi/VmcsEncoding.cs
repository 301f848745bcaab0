using VmcsGen.Generators.Names;
using VmcsGen.Vmx;

namespace VmcsGen.Generators.Abi;

/// <summary>What an encoding says of its VMCS field.</summary>
internal readonly struct VmcsEncoding(ulong value)
{
    public ulong Value { get; } = value;

    public bool HasReservedBits => Value > uint.MaxValue || VmcsEncodingBits.HasReservedBits((uint)Value);

    public bool IsHighAccess => VmcsEncodingBits.IsHighAccess((uint)Value);

    public int Index => VmcsEncodingBits.Index((uint)Value);

    /// <summary>The encoding of the high half of this 64-bit field.</summary>
    public VmcsEncoding High => new(VmcsEncodingBits.High((uint)Value));

    /// <summary>Index and access type: bits 9:0.</summary>
    public int Row => (int)Value & 0x3FF;

    /// <summary>Width and type, and a reserved bit between them: bits 14:10.</summary>
    public int Column => (int)(Value >> 10) & 0x1F;

    /// <summary>Width and type as one number of four bits.</summary>
    public int Group => (int)((VmcsEncodingBits.Width((uint)Value) << 2) | VmcsEncodingBits.Type((uint)Value));

    public bool Is64Bit => VmcsEncodingBits.Width((uint)Value) == VmcsEncodingBits.Width64;

    /// <summary>Bits that a field occupies in a 64-bit world: natural width is 64.</summary>
    public int Size => 8 * VmcsEncodingBits.Size(VmcsEncodingBits.Full((uint)Value));

    /// <summary>Bytes that an access by this encoding transfers.</summary>
    public int AccessSize => VmcsEncodingBits.Size((uint)Value);

    public bool IsReadOnly => VmcsEncodingBits.Type((uint)Value) == VmcsEncodingBits.TypeExitInformation;

    public string CSharpType => IsNatural ? "nuint" : CSharpInteger.Unsigned(Size);

    public string Describe() => $"{DescribeWidth()}, {DescribeType()}";

    public string DescribeWidth() => IsNatural ? "natural width" : $"{Size} bits";

    private bool IsNatural => VmcsEncodingBits.Width((uint)Value) == VmcsEncodingBits.WidthNatural;

    private string DescribeType() =>
        VmcsEncodingBits.Type((uint)Value) switch
        {
            0 => "control",
            VmcsEncodingBits.TypeExitInformation => "VM-exit information (read-only)",
            2 => "guest state",
            _ => "host state",
        };
}
