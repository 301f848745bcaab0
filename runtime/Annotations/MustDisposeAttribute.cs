using System;

namespace VmcsGen;

/// <summary>
/// On a type whose objects own something that the garbage collector does not see, or gives back late: descriptors, mappings, processes,
/// what KVM does for them. Whoever makes one disposes of it; with this, tools that look at code, such as the analyzers, can tell who does
/// not.
/// </summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = false, Inherited = true)]
internal sealed class MustDisposeAttribute : Attribute;
