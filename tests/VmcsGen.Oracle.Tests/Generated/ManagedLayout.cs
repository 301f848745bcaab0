using System;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.InteropServices;

namespace VmcsGen.Oracle.Tests.Generated;

/// <summary>
/// Where the runtime puts the fields of a struct in memory. This is asked of the runtime itself, by the address of a field in a
/// local variable: what the marshaller would do with the struct is another matter.
/// </summary>
internal static class ManagedLayout
{
    public static int SizeOf(Type type) =>
        Run(il =>
        {
            il.Emit(OpCodes.Sizeof, type);
            il.Emit(OpCodes.Conv_I4);
        });

    public static int OffsetOf(FieldInfo field) =>
        Run(il =>
        {
            var local = il.DeclareLocal(field.DeclaringType!);
            il.Emit(OpCodes.Ldloca, local);
            il.Emit(OpCodes.Ldflda, field);
            il.Emit(OpCodes.Conv_U);
            il.Emit(OpCodes.Ldloca, local);
            il.Emit(OpCodes.Conv_U);
            il.Emit(OpCodes.Sub);
            il.Emit(OpCodes.Conv_I4);
        });

    /// <summary>The alignment that the runtime gives a struct inside of another.</summary>
    public static int AlignOf(Type type) =>
        OffsetOf(typeof(AlignmentProbe<>).MakeGenericType(type).GetField(nameof(AlignmentProbe<>.Value))!);

    /// <summary>The bytes of a boxed struct.</summary>
    public static byte[] Bytes(object boxed)
    {
        var bytes = typeof(ManagedLayout).GetMethod(nameof(BytesOf), BindingFlags.Static | BindingFlags.NonPublic)!;
        return (byte[])bytes.MakeGenericMethod(boxed.GetType()).Invoke(null, [boxed])!;
    }

    private static byte[] BytesOf<T>(T value)
        where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)).ToArray();

    private static int Run(Action<ILGenerator> body)
    {
        var method = new DynamicMethod("Measure", typeof(int), null, typeof(ManagedLayout).Module, skipVisibility: true);
        var il = method.GetILGenerator();
        body(il);
        il.Emit(OpCodes.Ret);
        return (int)method.Invoke(null, null)!;
    }
}
