using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using VmcsGen.Kvm;
using VmcsGen.Vmm;
using VmcsGen.Vmx;

namespace VmcsGen.Site.Pages;

/// <summary>The libraries' public types and members, by the names by which texts mention them.</summary>
internal static class Api
{
    private static readonly Dictionary<string, string> s_uids = Read();

    /// <summary>docfx's name of a type or of a type's member, written <c>Type</c> or <c>Type.Member</c>; null if there is none.</summary>
    public static string? UidOf(string name) => s_uids.GetValueOrDefault(name);

    private static Dictionary<string, string> Read()
    {
        var uids = new Dictionary<string, string>();
        var types = new[] { typeof(KvmHost), typeof(VmcsFields), typeof(BootProtocol) }.SelectMany(static type =>
            type.Assembly.GetExportedTypes()
        );
        foreach (var type in types.Where(static type => !type.IsNested))
        {
            var name = type.Name.Split('`')[0];
            var uid = type.FullName!.Replace("`", "%60");
            uids.TryAdd(name, uid);
            foreach (
                var member in type.GetMembers(BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            )
            {
                // A method's overloads share an address.
                if (member is FieldInfo or PropertyInfo or MethodInfo { IsSpecialName: false })
                    uids.TryAdd($"{name}.{member.Name}", $"{uid}.{member.Name}{(member is MethodInfo ? "*" : "")}");
            }
        }
        return uids;
    }
}
