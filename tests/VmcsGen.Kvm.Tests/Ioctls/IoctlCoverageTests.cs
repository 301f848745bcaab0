using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using Xunit;

namespace VmcsGen.Kvm.Tests.Ioctls;

/// <summary>
/// Every ioctl that the specs describe has a typed method on each class whose descriptor takes it, which is found by the
/// kernel's name.
/// </summary>
public class IoctlCoverageTests
{
    private static readonly Dictionary<string, Type> s_owners = new()
    {
        ["system"] = typeof(KvmHost),
        ["vm"] = typeof(KvmVm),
        ["vcpu"] = typeof(KvmVcpu),
        ["device"] = typeof(KvmDevice),
    };

    [Fact]
    public void Every_ioctl_has_a_member_on_each_class_whose_descriptor_takes_it()
    {
        List<string> missing = [];
        var checkedCount = 0;
        foreach (var ioctl in ReadSpecs().Where(static i => i.Method != "none"))
        {
            foreach (var owner in ioctl.Owners)
            {
                checkedCount++;
                if (!MembersOf(s_owners[owner]).Any(member => NativeName(member) == ioctl.Name))
                    missing.Add($"{ioctl.Name} on {s_owners[owner].Name}");
            }
        }

        Assert.Empty(missing);
        Assert.InRange(checkedCount, 110, 200); // That the specs were read.
    }

    [Fact]
    public void Ioctls_without_a_method_are_those_of_other_architectures()
    {
        var none = ReadSpecs().Where(static i => i.Method == "none").Select(static i => i.Name).ToArray();

        Assert.NotEmpty(none);
        Assert.All(none, static name => Assert.Matches("^KVM_(ARM|PPC|S390|DIRTY_TLB)", name));
        var all = s_owners.Values.SelectMany(MembersOf).Select(NativeName).ToHashSet();
        Assert.DoesNotContain(none, all.Contains);
    }

    [Fact]
    public void Native_names_of_methods_are_ioctls()
    {
        var ioctls = typeof(KvmIoctl).GetFields(BindingFlags.Public | BindingFlags.Static).Select(static f => f.Name).ToHashSet();

        foreach (var member in s_owners.Values.SelectMany(MembersOf))
        {
            if (NativeName(member) is { } name)
                Assert.Contains(name, ioctls);
        }
    }

    [Fact]
    public void Methods_that_take_an_address_are_called_unsafe()
    {
        foreach (var method in s_owners.Values.SelectMany(MembersOf).OfType<MethodInfo>())
        {
            if (method.GetParameters().Any(static p => p.ParameterType.IsPointer || HasAddress(p.ParameterType)))
                Assert.StartsWith("Unsafe", method.Name, StringComparison.Ordinal);
        }
    }

    // Structs that hold an address of this process, which KVM follows without knowing how much is there.
    private static bool HasAddress(Type type)
    {
        var argument = type.IsByRef ? type.GetElementType()! : type;
        return new[]
        {
            typeof(KvmDeviceAttr),
            typeof(KvmOneReg),
            typeof(KvmDirtyLog),
            typeof(KvmClearDirtyLog),
            typeof(KvmMsrFilter),
            typeof(KvmUserspaceMemoryRegion),
            typeof(KvmUserspaceMemoryRegion2),
            typeof(KvmXenHvmConfig),
            typeof(KvmSevCmd),
            typeof(KvmTdxCmd),
        }.Contains(argument);
    }

    private static IEnumerable<MemberInfo> MembersOf(Type type) =>
        type.GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly);

    private static string? NativeName(MemberInfo member) => member.GetCustomAttribute<NativeNameAttribute>()?.Name;

    // The few lines of the specs that count here, which are simple enough to be read without a YAML parser.
    private static List<(string Name, string[] Owners, string Method)> ReadSpecs()
    {
        List<(string Name, string[] Owners, string Method)> ioctls = [];
        foreach (var line in Directory.EnumerateFiles(SpecDirectory(), "*.yaml").Order(StringComparer.Ordinal).SelectMany(File.ReadLines))
        {
            if (Value(line, "  - name: ") is { } name)
                ioctls.Add((name, [], "generated"));
            else if (Value(line, "    descriptor: ") is { } owners)
                ioctls[^1] = ioctls[^1] with { Owners = owners.Trim('[', ']').Split(',', StringSplitOptions.TrimEntries) };
            else if (Value(line, "    method: ") is { } method)
                ioctls[^1] = ioctls[^1] with { Method = method };
        }
        return ioctls;
    }

    private static string? Value(string line, string key) =>
        line.StartsWith(key, StringComparison.Ordinal) ? line[key.Length..].Trim() : null;

    private static string SpecDirectory()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            var specs = Path.Combine(directory.FullName, "spec", "kvm", "ioctls");
            if (Directory.Exists(specs))
                return specs;
        }
        throw new DirectoryNotFoundException($"No directory above {AppContext.BaseDirectory} holds spec/kvm/ioctls.");
    }
}
