using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using VmcsGen.Kvm;

namespace VmcsGen.Oracle.Tests.Generated;

/// <summary>The generated code of an ioctl interface, as reflection sees it: everything by its native name.</summary>
internal sealed class GeneratedKvm
{
    /// <param name="assembly">The assembly with the generated code.</param>
    /// <param name="space">Its namespace. Types of other architectures and of 32-bit processes are in namespaces below.</param>
    /// <param name="isNumbers">Which class has the request numbers of ioctls.</param>
    public GeneratedKvm(Assembly assembly, string space, Func<Type, bool> isNumbers)
    {
        var types = assembly.GetExportedTypes().Where(t => $"{t.Namespace}.".StartsWith(space + ".", StringComparison.Ordinal)).ToArray();
        Structs = types
            .Where(static t => t is { IsValueType: true, IsEnum: false, IsNested: false } && NativeNames.Declared(t) is not null)
            .ToDictionary(static t => NativeNames.Of(t), static t => new GeneratedStruct(t));
        Ioctls = types
            .Where(isNumbers)
            .SelectMany(static t => t.GetFields(BindingFlags.Static | BindingFlags.Public))
            .ToDictionary(static f => f.Name, static f => (long)(uint)f.GetRawConstantValue()!);
        Constants = types
            // Features of CPUID and exits of SVM are not constants of KVM's: CpuidHeaderTests and SvmHeaderTests compare them.
            .Where(t => !isNumbers(t) && t.Name is not (nameof(CpuidFeature) or nameof(SvmExitCode)))
            .Select(static t =>
                t.GetFields(BindingFlags.Static | BindingFlags.Public)
                    .Where(static f => f.IsLiteral && f.FieldType != typeof(string))
                    .ToArray()
            )
            .Where(static fields => fields.Any(static f => NativeNames.Declared(f) is not null))
            .SelectMany(static fields => fields)
            .ToLookup(static f => NativeNames.Of(f), static f => Numbers.From(f.GetRawConstantValue()!));
    }

    public static GeneratedKvm Runtime { get; } = new(typeof(KvmHost).Assembly, "VmcsGen.Kvm", static t => t.Name == "KvmIoctl");

    public IReadOnlyDictionary<string, GeneratedStruct> Structs { get; }

    public IReadOnlyDictionary<string, long> Ioctls { get; }

    /// <summary>Members of enums and constant fields. A name may stand in more than one type.</summary>
    public ILookup<string, Int128> Constants { get; }
}
