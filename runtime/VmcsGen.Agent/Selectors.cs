namespace VmcsGen.Agent;

/// <summary>Segment selectors, in the order of the global descriptor table.</summary>
internal static class Selectors
{
    public const ushort Code = 0x08;
    public const ushort Data = 0x10;
    public const ushort Task = 0x18;

    /// <summary>For CPL 3, with the requested privilege level.</summary>
    public const ushort UserData = 0x28 | 3;
    public const ushort UserCode = 0x30 | 3;

    /// <summary>Code of compatibility mode, at CPL 0.</summary>
    public const ushort CompatibilityCode = 0x38;

    /// <summary>Bytes of the table: descriptors of 8 bytes, the first one null, and the task-state segment's of 16.</summary>
    public const int TableSize = 0x40;
}
