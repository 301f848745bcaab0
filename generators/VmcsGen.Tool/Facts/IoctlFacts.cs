using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using System.Reflection;
using VmcsGen.Generators.Abi;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Units;
using VmcsGen.Kvm;
using VmcsGen.Tool.Specs;

namespace VmcsGen.Tool.Facts;

/// <summary>KVM's ioctls.</summary>
internal static class IoctlFacts
{
    private const BindingFlags Methods = BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly (string Name, string Native, string Signature)[] s_methods =
    [
        .. MethodsOf(typeof(KvmHost)),
        .. MethodsOf(typeof(KvmVm)),
        .. MethodsOf(typeof(KvmVcpu)),
        .. MethodsOf(typeof(KvmDevice)),
    ];

    /// <summary>All of them.</summary>
    public static IEnumerable<Fact> All =>
        typeof(KvmIoctl)
            .GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(static constant => constant.IsLiteral)
            .Select(static constant => Of(constant.Name, (uint)constant.GetRawConstantValue()!));

    /// <summary>What an error means when an ioctl fails with it; null if nothing is known.</summary>
    public static string? MeaningOf(uint number, string error) =>
        KvmIoctl.MeaningOf(number, error)
        ?? Enum.GetValues<Errno>()
            .Where(errno => ErrnoTexts.NativeNameOf(errno) == error)
            .Select(static errno => SystemCallRemedy.ForKvmIoctl(errno))
            .FirstOrDefault();

    /// <summary>Those of another machine.</summary>
    public static IEnumerable<Fact> On(Architecture architecture)
    {
        var specs = SpecSet.KvmOn(architecture);
        foreach (var ioctl in specs.Units.OfType<IoctlNumbersUnit>().SelectMany(static unit => unit.Members))
        {
            var summary = $"ioctl 0x{ioctl.Request:X8} on {architecture.Name}";
            yield return new("ioctl", ioctl.Name, null, ioctl.Request, summary, () => Describe(ioctl, architecture))
            {
                Table = () => Struct(specs, ioctl),
            };
        }
    }

    private static IEnumerable<(string, string)> Describe(IoctlMember ioctl, Architecture architecture)
    {
        foreach (var detail in ItemWords.Meaning(ioctl.Doc))
            yield return detail;
        yield return ("number", Parts(ioctl.Request, architecture));
        if (architecture.IsX64 && Owners(ioctl.Name) is { Length: > 0 } owners)
            yield return ("descriptor", string.Join(", ", owners));
        if (ioctl.Doc.Capability is { } capability)
            yield return ("capability", capability);
        foreach (var error in ioctl.Errors)
            yield return (error.Errno, error.Text);
        if (architecture.IsX64)
        {
            foreach (var (_, _, signature) in s_methods.Where(method => method.Native == ioctl.Name))
                yield return ("method", signature);
            yield return ("in C#", $"{nameof(KvmIoctl)}.{ioctl.Name}");
        }
        foreach (var detail in ItemWords.Origin(ioctl.Doc))
            yield return detail;
    }

    private static Fact Of(string name, uint number) =>
        new("ioctl", name, null, number, $"ioctl 0x{number:X8}", () => Describe(Spec(name), Architecture.X64))
        {
            Table = () => Struct(SpecSet.Kvm, Spec(name)),
        };

    // include/uapi/asm-generic/ioctl.h: number, type, size and direction from bit 0 on.
    private static string Parts(uint number, Architecture architecture)
    {
        var size = IoctlNumber.SizeOf(number, architecture);
        var direction = IoctlNumber.DirectionOf(number, architecture) switch
        {
            IoctlDirection.None => "no struct: the argument is a number or nothing",
            IoctlDirection.Write => $"the kernel reads a struct of {size} bytes",
            IoctlDirection.Read => $"the kernel writes a struct of {size} bytes",
            _ => $"the kernel reads and writes a struct of {size} bytes",
        };
        return $"0x{number:X8}: type 0x{number >> 8 & 0xFF:X2}, number 0x{number & 0xFF:X2}, {direction}";
    }

    /// <summary>The struct that is an ioctl's argument; null if it has none.</summary>
    public static StructShape? ArgumentOf(string name) => ArgumentOf(SpecSet.Kvm, Spec(name));

    private static StructShape? ArgumentOf(SpecSet specs, IoctlMember ioctl) => specs.FindStruct(ioctl.Argument.Split(' ')[^1]);

    // KvmIoctl is made of the specs.
    private static IoctlMember Spec(string name) =>
        SpecSet.Kvm.Units.OfType<IoctlNumbersUnit>().SelectMany(static unit => unit.Members).First(one => one.Name == name);

    private static string[] Owners(string name) =>
        [
            .. SpecSet
                .Kvm.Files.Where(static file => file.Holds(Architecture.X64))
                .SelectMany(static file => file.Items)
                .OfType<IoctlItem>()
                .Where(item => item.Name.Value == name)
                .SelectMany(static item => item.On)
                .Select(static owner => owner.Name.Value)
                .Distinct(),
        ];

    // The argument, member by member.
    private static IEnumerable<string[]> Struct(SpecSet specs, IoctlMember ioctl)
    {
        if (ArgumentOf(specs, ioctl) is not { } shape)
            return [];
        string[] head = ["", $"{shape.Size}", "", $"{(shape.IsUnion ? "union" : "struct")} {shape.Native}", shape.Doc.Text ?? ""];
        return StructTable.Rows(specs, shape).Prepend(head);
    }

    private static IEnumerable<(string Name, string Native, string Signature)> MethodsOf(
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicMethods)] Type type
    ) =>
        type.GetMethods(Methods)
            .Select(method => (method.Name, NativeNames.Of(method) ?? "", $"{type.Name}.{method.Name}({Parameters(method)})"))
            .Where(static method => method.Item2.Length != 0);

    private static string Parameters(MethodInfo method) =>
        string.Join(", ", method.GetParameters().Select(static parameter => $"{Name(parameter.ParameterType)} {parameter.Name}"));

    private static string Name(Type type)
    {
        if (type.IsByRef || type.IsPointer)
            return Name(type.GetElementType()!) + (type.IsPointer ? "*" : "");
        return type.IsGenericType
            ? $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
            : type.Name;
    }
}
