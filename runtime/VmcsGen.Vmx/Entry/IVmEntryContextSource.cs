namespace VmcsGen.Vmx.Entry;

/// <summary>
/// A processor that knows more of what VM entry depends on than its instructions tell, such as which values each MSR takes.
/// <see cref="VmEntryContext.Of"/> asks it.
/// </summary>
public interface IVmEntryContextSource
{
    /// <summary>What VM entry depends on besides the VMCS and the capability MSRs. It needs VMX operation.</summary>
    VmEntryContext EntryContext { get; }
}
