using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using Microsoft.CodeAnalysis;
using VmcsGen.Kvm;
using VmcsGen.Vmm;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Bochs;
using VmcsGen.Vmx.Kvm;
using VmcsGen.Vmx.RingZero;

namespace VmcsGen.Generators.Tests.Testing;

/// <summary>The assemblies that people reference: the two halves, and what stands on them.</summary>
internal static class RuntimeAssemblies
{
    public static IReadOnlyList<Assembly> All { get; } =
    [
        typeof(KvmVm).Assembly,
        typeof(PcMachine).Assembly,
        typeof(VmcsField).Assembly,
        typeof(RingZeroCpu).Assembly,
        typeof(BochsMachine).Assembly,
        typeof(KvmGuestExecutor).Assembly,
    ];

    /// <summary>To compile against.</summary>
    public static IReadOnlyList<MetadataReference> References { get; } =
    [
        .. All.Append(typeof(VmcsGen.Kvm.Abi.Arm64.KvmRegs).Assembly)
            .Select(static assembly => MetadataReference.CreateFromFile(assembly.Location)),
    ];

    /// <summary>What they offer.</summary>
    public static IEnumerable<Type> ExportedTypes => All.SelectMany(static assembly => assembly.GetExportedTypes());
}
