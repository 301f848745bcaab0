using System;
using System.Collections.Generic;

namespace VmcsGen;

/// <summary>
/// On a part of an exit that is there for some exit reasons only: these reasons. For others the property throws; with this, tools
/// that look at code, such as the analyzers, can tell before.
/// </summary>
/// <typeparam name="TReason">The enum of exit reasons.</typeparam>
/// <param name="reasons">The reasons.</param>
[AttributeUsage(AttributeTargets.Property, AllowMultiple = false, Inherited = false)]
internal sealed class BelongsToAttribute<TReason>(params TReason[] reasons) : Attribute
    where TReason : struct, Enum
{
    /// <summary>The reasons.</summary>
    public IReadOnlyList<TReason> Reasons { get; } = reasons;
}
