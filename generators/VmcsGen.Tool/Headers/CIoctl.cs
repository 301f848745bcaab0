using VmcsGen.Generators.Abi;
using VmcsGen.Generators.Model;

namespace VmcsGen.Tool.Headers;

/// <summary>The request number of an ioctl.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Place">Where it stands.</param>
/// <param name="Request">The number.</param>
/// <param name="Argument">The type that its macro names; null for none.</param>
internal sealed record CIoctl(string Name, CPlace Place, uint Request, CDeclaredType? Argument)
{
    /// <summary>The machine whose number it is.</summary>
    public Architecture Architecture { get; init; } = Architecture.X64;

    /// <summary>The number of the ioctl among those of its device.</summary>
    public uint Number => Request & 0xFF;

    /// <summary>The byte that says whose it is.</summary>
    public uint Type => (Request >> 8) & 0xFF;

    /// <summary>Bytes of the argument.</summary>
    public uint Size => IoctlNumber.SizeOf(Request, Architecture);

    /// <summary>What it does with the argument, in the words of specs.</summary>
    public string Direction =>
        IoctlNumber.DirectionOf(Request, Architecture) switch
        {
            IoctlDirection.None => "none",
            IoctlDirection.Write => "write",
            IoctlDirection.Read => "read",
            _ => "read-write",
        };
}
