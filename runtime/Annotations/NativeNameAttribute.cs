using System;

namespace VmcsGen;

/// <summary>
/// The name that the Linux kernel or the Intel SDM gives to a type or member whose C# name differs. Searching the sources
/// for a native name finds its C# counterpart here.
/// </summary>
/// <param name="name">The native name, exactly as its header or manual spells it.</param>
#if !VMCSGEN_FREESTANDING
[AttributeUsage(AttributeTargets.All, AllowMultiple = false, Inherited = false)]
#endif
internal sealed class NativeNameAttribute(string name) : Attribute
{
    /// <summary>The native name.</summary>
    public string Name { get; } = name;
}
