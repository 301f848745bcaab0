using System.Collections.Generic;
using VmcsGen.Tool.Findings;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Tool.Dumps;

/// <summary>A VMCS as a log holds it.</summary>
/// <param name="Dialect">Who printed it.</param>
/// <param name="FirstLine">The line in which it begins.</param>
/// <param name="LastLine">The line in which it ends.</param>
/// <param name="Fields">The fields that it holds.</param>
internal sealed record Dump(DumpDialect Dialect, int FirstLine, int LastLine, IReadOnlyDictionary<VmcsField, ulong> Fields) : IVmcsRecord
{
    /// <inheritdoc/>
    public IReadOnlyList<MsrAreaEntry>? EntryMsrs { get; init; }

    /// <inheritdoc/>
    public string Noun => "dump";

    /// <inheritdoc/>
    public string Kind => $"dump of {Printer}";

    /// <summary>The name of who printed it.</summary>
    public string Printer =>
        Dialect switch
        {
            DumpDialect.Kvm => "KVM",
            DumpDialect.Xen => "Xen",
            DumpDialect.Haxm => "HAXM",
            _ => "KVM or Xen",
        };

    /// <summary>Whether who printed it prints a field, if its control is on.</summary>
    public bool CanHold(VmcsField field) => DumpForms.FieldsOf(Dialect).Contains(field);
}
