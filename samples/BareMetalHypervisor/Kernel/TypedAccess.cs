using System.Runtime;

namespace BareMetal;

/// <summary>One read and one write by a generated property, under names of their own: a test looks at their machine code.</summary>
internal static class TypedAccess
{
    [RuntimeExport("typed_read")]
    public static nuint Read() => ProcessorVmcs.Current.GuestRip;

    [RuntimeExport("typed_write")]
    public static void Write(nuint value)
    {
        var vmcs = ProcessorVmcs.Current;
        vmcs.GuestRip = value;
    }

    /// <summary>A bit of a bit-field.</summary>
    [RuntimeExport("typed_bit")]
    public static bool ReadBit() => ProcessorVmcs.Current.PrimaryProcessorBasedControls.HltExiting;
}
