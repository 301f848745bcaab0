namespace BareMetal;

/// <summary>The CPUID leaf at which hypervisors say who they are.</summary>
internal static unsafe class HypervisorLeaf
{
    public const uint Number = 0x4000_0000;

    /// <summary>The last of the leaves that hypervisors may use.</summary>
    public const uint Last = 0x4000_00FF;

    private const string Name = "VmcsGen in C";

    /// <summary>Its answer: the highest such leaf in EAX, and twelve letters in EBX, ECX and EDX.</summary>
    public static void Answer(uint* values)
    {
        values[0] = Number;
        for (var i = 0; i < 3; i++)
            values[1 + i] =
                Name[4 * i] | ((uint)Name[(4 * i) + 1] << 8) | ((uint)Name[(4 * i) + 2] << 16) | ((uint)Name[(4 * i) + 3] << 24);
    }
}
