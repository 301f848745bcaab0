using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Text.RegularExpressions;
using VmcsGen.Generators.Tests.Testing;
using VmcsGen.Kvm;
using VmcsGen.Testing;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Software;
using Xunit;

namespace VmcsGen.Generators.Tests.Documentation;

/// <summary>A name of the runtime that README and docs mention outside of code blocks exists.</summary>
public partial class NamesInText
{
    private const BindingFlags Members = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.FlattenHierarchy;

    // What sentences call an object by.
    private static readonly Dictionary<string, Type> Variables = new()
    {
        ["vm"] = typeof(KvmVm),
        ["vcpu"] = typeof(KvmVcpu),
        ["host"] = typeof(KvmHost),
        ["buses"] = typeof(DeviceBuses),
        ["processor"] = typeof(IVmxProcessor),
    };

    private static readonly ILookup<string, Type> Types = RuntimeAssemblies.ExportedTypes.ToLookup(static type => type.Name.Split('`')[0]);

    private static readonly HashSet<string> Extensions =
    [
        .. RuntimeAssemblies
            .ExportedTypes.Where(static type => type is { IsAbstract: true, IsSealed: true })
            .SelectMany(static type => type.GetMembers(Members))
            .Select(static member => member.Name),
    ];

    // What begins so is a name of ours and no word.
    [GeneratedRegex("^(Kvm|Vmx|Vmcs|VmEntry|VmExit|VmState|Guest|Dirty|RingZero|Bochs|Ept|Gsi|Cpuid)[A-Z0-9]")]
    private static partial Regex OurName();

    [GeneratedRegex(@"`([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(?:\([^`]*|<[^`]*>)?`")]
    private static partial Regex Code();

    [Theory]
    [InlineData("README.md")]
    [InlineData("docs/api.md")]
    [InlineData("docs/analyzers.md")]
    [InlineData("docs/snapshot-format.md")]
    public void All_names_of_a_document_exist(string document)
    {
        var inBlock = false;
        var checkedNames = 0;
        var unknown = new List<string>();
        foreach (
            var (line, number) in File.ReadLines(Path.Combine(RuntimeSources.Root, document)).Select(static (line, n) => (line, n + 1))
        )
        {
            inBlock ^= line.StartsWith("```", StringComparison.Ordinal);
            if (inBlock)
                continue;
            foreach (Match code in Code().Matches(line))
            {
                if (Find(code.Groups[1].Value.Split('.')) is not { } exists)
                    continue;
                checkedNames++;
                if (!exists)
                    unknown.Add($"{document}({number}): {code.Value}");
            }
        }
        Assert.True(unknown.Count == 0, string.Join('\n', unknown));
        Assert.NotEqual(0, checkedNames);
    }

    [Theory]
    [InlineData("KvmVm.MapMemory", true)]
    [InlineData("vm.MapMemory", true)]
    [InlineData("vm.PhysicalMemory", false)]
    [InlineData("buses.Ports.Add", true)]
    [InlineData("buses.Ports.Remove", false)]
    [InlineData("processor.Launch", true)]
    [InlineData("KvmUnheardOf", false)]
    [InlineData("VmcsGen.Kvm", null)]
    [InlineData("KVM_RUN", null)]
    public void A_name_is_told_apart_from_other_words(string name, bool? exists) => Assert.Equal(exists, Find(name.Split('.')));

    // Null if the name is none of ours.
    private static bool? Find(string[] parts)
    {
        Type[] holders = Variables.TryGetValue(parts[0], out var variable) ? [variable] : [.. Types[parts[0]]];
        if (holders.Length == 0)
            return parts[0] != "VmcsGen" && OurName().IsMatch(parts[0]) && !parts[0].StartsWith("VmcsGen", StringComparison.Ordinal)
                ? IsMember(parts[0])
                : null;
        foreach (var part in parts[1..])
        {
            // What the examples add.
            if (part.StartsWith("Acme", StringComparison.Ordinal))
                return null;
            var members = holders.SelectMany(WithInterfaces).SelectMany(type => type.GetMember(part, Members)).ToArray();
            if (members.Length == 0)
                return Extensions.Contains(part);
            holders = [.. members.Select(TypeOf).OfType<Type>()];
        }
        return true;
    }

    // A name alone may also be that of a member, such as a field or an option of a record.
    private static bool IsMember(string name) =>
        Types.SelectMany(static same => same).Any(type => type.GetMember(name, Members).Length > 0);

    private static IEnumerable<Type> WithInterfaces(Type type) => [type, .. type.GetInterfaces()];

    private static Type? TypeOf(MemberInfo member) =>
        member switch
        {
            PropertyInfo property => property.PropertyType,
            FieldInfo field => field.FieldType,
            MethodInfo method => method.ReturnType,
            _ => null,
        };
}
