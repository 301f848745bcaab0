using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using VmcsGen.Kvm;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Oracle.Tests.Generated;

/// <summary>Finds the flexible arrays of a struct, each of which is an <see cref="IKvmFlexible{TEntry}"/>.</summary>
internal static class Flexible
{
    /// <summary>The arrays: a union may end a struct, and then there are several.</summary>
    public static IReadOnlyList<GeneratedMember> EntriesOf(Type header) =>
        [
            .. header
                .GetInterfaces()
                .Where(static i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IKvmFlexible<>))
                .Select(static i => i.GenericTypeArguments[0])
                .Select(entry => new GeneratedMember(Offset(header, entry), 0, entry, [])),
        ];

    private static int Offset(Type header, Type entry) =>
        (int)
            typeof(Flexible)
                .GetMethod(nameof(OffsetOf), BindingFlags.Static | BindingFlags.NonPublic)!
                .MakeGenericMethod(header, entry)
                .Invoke(null, null)!;

    private static int OffsetOf<THeader, TEntry>()
        where THeader : IKvmFlexible<TEntry>
        where TEntry : unmanaged => THeader.EntriesOffset;
}
