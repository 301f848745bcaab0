namespace VmcsGen.Generators.Abi;

internal enum VmcsWidth
{
    Bits16 = 0,
    Bits64 = 1,
    Bits32 = 2,
    Natural = 3,
}

internal enum VmcsFieldType
{
    Control = 0,
    ExitInformation = 1,
    GuestState = 2,
    HostState = 3,
}

/// <summary>The parts of a VMCS field encoding (SDM 3C, "Encodings of VMCS Fields"). An encoding says its field's width and type.</summary>
internal readonly struct VmcsEncoding(ulong value)
{
    private const ulong ReservedBits = ~0x6FFFUL;

    public ulong Value { get; } = value;

    public bool HasReservedBits => (Value & ReservedBits) != 0;

    public bool IsHighAccess => (Value & 1) != 0;

    public int Index => (int)(Value >> 1) & 0x1FF;

    /// <summary>The encoding of the high half of this 64-bit field.</summary>
    public VmcsEncoding High => new(Value | 1);

    /// <summary>Index and access type: bits 9:0.</summary>
    public int Row => (int)Value & 0x3FF;

    /// <summary>Width and type, and a reserved bit between them: bits 14:10.</summary>
    public int Column => (int)(Value >> 10) & 0x1F;

    public VmcsFieldType Type => (VmcsFieldType)((Value >> 10) & 3);

    public VmcsWidth Width => (VmcsWidth)((Value >> 13) & 3);

    /// <summary>Bits that a field occupies in a 64-bit world: natural width is 64.</summary>
    public int Size => Width switch
    {
        VmcsWidth.Bits16 => 16,
        VmcsWidth.Bits32 => 32,
        _ => 64,
    };

    public bool IsReadOnly => Type == VmcsFieldType.ExitInformation;

    public string CSharpType => Width switch
    {
        VmcsWidth.Bits16 => "ushort",
        VmcsWidth.Bits32 => "uint",
        VmcsWidth.Bits64 => "ulong",
        _ => "nuint",
    };

    public string Describe() => $"{DescribeWidth()}, {DescribeType()}";

    public string DescribeWidth() => Width switch
    {
        VmcsWidth.Bits16 => "16 bits",
        VmcsWidth.Bits32 => "32 bits",
        VmcsWidth.Bits64 => "64 bits",
        _ => "natural width",
    };

    private string DescribeType() => Type switch
    {
        VmcsFieldType.Control => "control",
        VmcsFieldType.ExitInformation => "VM-exit information (read-only)",
        VmcsFieldType.GuestState => "guest state",
        _ => "host state",
    };
}
