using VmcsGen.Vmx;

namespace BareMetal;

/// <summary>
/// Writes every field that this processor has by its generated property, each with a value of its own, and reads them all.
/// </summary>
internal static unsafe class AccessorTour
{
    /// <summary>Whether each field holds what was written to it.</summary>
    public static bool Run()
    {
        var region = (ulong)VmxOperation.Region();
        if (VmxInstructions.Clear(&region) != 0 || VmxInstructions.Load(&region) != 0)
            Power.Fail("VMCLEAR or VMPTRLD failed.");
        var fields = Accessors.Fields;
        var exists = stackalloc bool[fields.Length];
        var holds = stackalloc bool[fields.Length];
        var access = ProcessorVmcs.Current.Access;

        // First: a failed VMREAD writes the VM-instruction error field.
        for (var i = 0; i < fields.Length; i++)
            exists[i] = access.TryRead(fields[i], out _).IsSuccess;

        var hasReadOnly = new VmxMisc(Cpu.ReadMsr((uint)VmxMsr.Ia32VmxMisc)).VmwriteExitInformation;
        for (var i = 0; i < fields.Length; i++)
        {
            if (!exists[i])
                continue;
            holds[i] = Accessors.Write(fields[i], ValueOf(i));
            // A field without a setter is written by its encoding, where the processor allows that.
            if (!holds[i] && hasReadOnly)
                holds[i] = access.TryWrite(fields[i], ValueOf(i)).IsSuccess;
        }

        var count = 0u;
        var written = 0u;
        var wrong = 0u;
        for (var i = 0; i < fields.Length; i++)
        {
            if (!exists[i])
                continue;
            count++;
            var read = Accessors.Read(fields[i]);
            if (!holds[i])
                continue;
            written++;
            if (read == (ValueOf(i) & MaskOf(fields[i])))
                continue;
            wrong++;
            Serial.Line($"  Field 0x{(uint)fields[i]:X} holds 0x{read:X} instead of 0x{ValueOf(i):X}.");
        }
        Serial.Line($"  {fields.Length} properties; of this processor's {count} fields {written} were written, {wrong} read otherwise.");
        return wrong == 0 && written != 0;
    }

    // No two fields have the same, in any width.
    private static ulong ValueOf(int index) => 0x0001_0001_0001_0001 * (ulong)(0x1000 + index);

    private static ulong MaskOf(VmcsField field) => field.Size == sizeof(ulong) ? ulong.MaxValue : (1ul << (8 * field.Size)) - 1;
}
