using System;

namespace VmcsGen.Vmx;

/// <summary>
/// On a VMCS field that not every processor has: the control bits; the processor must support one of them. The text is that of
/// <see cref="VmcsFieldInfo.ExistsWhen"/>; here it is for tools that look at code, such as the analyzers.
/// </summary>
/// <param name="controls">Control bits as "word.bit", several of them with " or " between.</param>
#if !VMCSGEN_FREESTANDING
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property, AllowMultiple = false, Inherited = false)]
#endif
public sealed class ExistsWhenAttribute(string controls) : Attribute
{
    /// <summary>The control bits.</summary>
    public string Controls { get; } = controls;
}
