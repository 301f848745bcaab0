using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using VmcsGen.Kvm;

namespace VmcsGen.Oracle.Tests.Generated;

/// <summary>The KVM part of the generated code, as reflection sees it: everything by its native name.</summary>
internal sealed class GeneratedKvm
{
    public GeneratedKvm(Assembly assembly)
    {
        var types = assembly.GetExportedTypes().Where(static t => t.Namespace == "VmcsGen.Kvm").ToArray();
        Structs = types
            .Where(static t => t is { IsValueType: true, IsEnum: false, IsNested: false } && NativeNames.Declared(t) is not null)
            .ToDictionary(static t => NativeNames.Of(t), static t => new GeneratedStruct(t));
        Ioctls = types
            .Single(static t => t.Name == "KvmIoctl")
            .GetFields(BindingFlags.Static | BindingFlags.Public)
            .ToDictionary(static f => f.Name, static f => (long)(uint)f.GetRawConstantValue()!);
        Constants = types
            // Features of CPUID are not constants of KVM's: CpuidHeaderTests compares them.
            .Where(static t => t.Name is not ("KvmIoctl" or nameof(CpuidFeature)))
            .Select(static t => t.GetFields(BindingFlags.Static | BindingFlags.Public).Where(static f => f.IsLiteral).ToArray())
            .Where(static fields => fields.Any(static f => NativeNames.Declared(f) is not null))
            .SelectMany(static fields => fields)
            .ToLookup(static f => NativeNames.Of(f), static f => Numbers.From(f.GetRawConstantValue()!));
    }

    public static GeneratedKvm Runtime { get; } = new(typeof(KvmHost).Assembly);

    public IReadOnlyDictionary<string, GeneratedStruct> Structs { get; }

    public IReadOnlyDictionary<string, long> Ioctls { get; }

    /// <summary>Members of enums and constant fields. A name may stand in more than one type.</summary>
    public ILookup<string, Int128> Constants { get; }
}
