namespace VmcsGen.Vmx;

/// <summary>A member of a VMCS layout.</summary>
/// <param name="name">C# name of the member.</param>
/// <param name="nativeName">Name of the member in the C struct, where there is one.</param>
/// <param name="offset">Bytes from the start of the layout.</param>
/// <param name="size">Bytes that the member occupies.</param>
/// <param name="field">The VMCS field that the member stores; null for members that are not VMCS fields.</param>
/// <param name="cleanMask">The bits among the layout's clean fields that a write to the member clears.</param>
public readonly struct VmcsLayoutMember(string name, string? nativeName, int offset, int size, VmcsField? field, uint cleanMask = 0)
{
    /// <summary>C# name of the member.</summary>
    public string Name { get; } = name;

    /// <summary>Name of the member in the C struct, where there is one.</summary>
    public string? NativeName { get; } = nativeName;

    /// <summary>Bytes from the start of the layout.</summary>
    public int Offset { get; } = offset;

    /// <summary>Bytes that the member occupies.</summary>
    public int Size { get; } = size;

    /// <summary>The VMCS field that the member stores; null for members that are not VMCS fields.</summary>
    public VmcsField? Field { get; } = field;

    /// <summary>The bits among the layout's clean fields that a write to the member clears.</summary>
    public uint CleanMask { get; } = cleanMask;

    /// <summary>Name and place, as <c>GuestRip (bytes 544 to 551)</c>.</summary>
    public override string ToString() => $"{Name} (bytes {Offset} to {Offset + Size - 1})";
}
