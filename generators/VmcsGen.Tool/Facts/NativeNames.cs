using System.Linq;
using System.Reflection;

namespace VmcsGen.Tool.Facts;

/// <summary>
/// The names that the kernel and the manual use. The attribute that holds them is internal to each assembly; tools know it by its name.
/// </summary>
internal static class NativeNames
{
    private const string Attribute = "VmcsGen.NativeNameAttribute";

    /// <summary>The native name of a member; null if it has none.</summary>
    public static string? Of(MemberInfo member) =>
        member
            .GetCustomAttributesData()
            .Where(static data => data.AttributeType.FullName == Attribute)
            .Select(static data => data.ConstructorArguments[0].Value as string)
            .FirstOrDefault();
}
