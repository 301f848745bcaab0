namespace VmcsGen.Agent;

/// <summary>Segment selectors, in the order of the global descriptor table.</summary>
internal static class Selectors
{
    public const ushort Code = 0x08;
    public const ushort Data = 0x10;
    public const ushort Task = 0x18;

    /// <summary>Bytes of the table: a null descriptor, two of 8 bytes and the task-state segment's of 16.</summary>
    public const int TableSize = 0x28;
}
