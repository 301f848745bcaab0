using System.Linq;
using System.Reflection;

namespace VmcsGen.Oracle.Tests.Generated;

/// <summary>Native names in generated code: they stand in an attribute where the C# name differs.</summary>
internal static class NativeNames
{
    public static string Of(MemberInfo member) => Declared(member) ?? member.Name;

    // Each assembly has the attribute for itself.
    public static string? Declared(MemberInfo member) =>
        (string?)
            member
                .GetCustomAttributesData()
                .SingleOrDefault(static attribute => attribute.AttributeType.FullName == "VmcsGen.NativeNameAttribute")
                ?.ConstructorArguments[0]
                .Value;
}
