using System.Reflection;

namespace VmcsGen.Oracle.Tests.Generated;

/// <summary>Native names in generated code: they stand in an attribute where the C# name differs.</summary>
internal static class NativeNames
{
    public static string Of(MemberInfo member) => Declared(member) ?? member.Name;

    public static string? Declared(MemberInfo member) => member.GetCustomAttribute<NativeNameAttribute>(inherit: false)?.Name;
}
