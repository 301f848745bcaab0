using System;
using System.Linq;
using System.Reflection;
using VmcsGen.Kvm;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Oracle.Tests.Generated;

/// <summary>Finds the flexible array of a struct, which stands in its <see cref="IKvmFlexible{TEntry}"/>.</summary>
internal static class Flexible
{
    /// <returns>The array, or null if the struct has none.</returns>
    public static GeneratedMember? EntriesOf(Type header)
    {
        var flexible = header
            .GetInterfaces()
            .SingleOrDefault(static i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IKvmFlexible<>));
        if (flexible is null)
            return null;
        var entry = flexible.GenericTypeArguments[0];
        var offset = typeof(Flexible).GetMethod(nameof(OffsetOf), BindingFlags.Static | BindingFlags.NonPublic)!;
        return new((int)offset.MakeGenericMethod(header, entry).Invoke(null, null)!, 0, entry, []);
    }

    private static int OffsetOf<THeader, TEntry>()
        where THeader : IKvmFlexible<TEntry>
        where TEntry : unmanaged => THeader.EntriesOffset;
}
