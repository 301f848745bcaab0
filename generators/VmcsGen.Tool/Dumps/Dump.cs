using System.Collections.Generic;
using VmcsGen.Vmx;

namespace VmcsGen.Tool.Dumps;

/// <summary>A VMCS as a log holds it.</summary>
/// <param name="Dialect">Who printed it.</param>
/// <param name="FirstLine">The line in which it begins.</param>
/// <param name="LastLine">The line in which it ends.</param>
/// <param name="Fields">The fields that it holds.</param>
internal sealed record Dump(DumpDialect Dialect, int FirstLine, int LastLine, IReadOnlyDictionary<VmcsField, ulong> Fields)
{
    /// <summary>Whether who printed it prints a field, if its control is on.</summary>
    public bool CanHold(VmcsField field) => DumpForms.FieldsOf(Dialect).Contains(field);
}
