using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using VmcsGen.Kvm;
using VmcsGen.Oracle.Tests.Generated;
using VmcsGen.Oracle.Tests.Support;

namespace VmcsGen.Oracle.Tests.Headers;

/// <summary>The exit codes of SVM against the header in which the kernel gives them to user space.</summary>
internal static class SvmExitComparison
{
    private const string Vector = "_VECTOR";
    private const int MnemonicLength = 2;

    // The first and the last of the 32 exceptions, and arguments of exits.
    private static readonly string[] Others =
    [
        "SVM_EXIT_EXCP_BASE",
        "SVM_EXIT_LAST_EXCP",
        "SVM_VMGEXIT_SET_AP_JUMP_TABLE",
        "SVM_VMGEXIT_GET_AP_JUMP_TABLE",
        "SVM_VMGEXIT_AP_CREATE_ON_INIT",
        "SVM_VMGEXIT_AP_CREATE",
        "SVM_VMGEXIT_AP_DESTROY",
        "SVM_VMGEXIT_SAVIC_REGISTER_GPA",
        "SVM_VMGEXIT_SAVIC_UNREGISTER_GPA",
        "SVM_VMGEXIT_SAVIC_SELF_GPA",
    ];

    // Of the header of Linux 7.3-rc7, for machines that have an older one.
    private static readonly (string Name, uint Value)[] Newer =
    [
        ("SVM_EXIT_BUS_LOCK", 0xA5),
        ("SVM_EXIT_IDLE_HLT", 0xA6),
        ("SVM_VMGEXIT_SNP_RUN_VMPL", 0x8000_0018),
        ("SVM_VMGEXIT_SAVIC", 0x8000_001A),
    ];

    /// <summary>The numbers of exits by the names of the kernel; exceptions, which have none there, by those of the spec.</summary>
    public static IReadOnlyDictionary<string, uint> Expected()
    {
        var header = InstalledHeaders.Find("asm/svm.h")!.Numbers;
        var first = (uint)header["SVM_EXIT_EXCP_BASE"];
        // EXITCODE has 64 bits, of which -1 has all, and trace points tell 32.
        var expected = header
            .Where(static number => number.Key.StartsWith("SVM_", StringComparison.Ordinal))
            .ExceptBy(Others, static number => number.Key)
            .ToDictionary(static number => number.Key, static number => unchecked((uint)number.Value));
        foreach (var (name, value) in Newer)
            expected.TryAdd(name, value);
        // #VE is VMX's alone.
        var vectors = InstalledHeaders.Kvm.Numbers.Where(static number =>
            number.Key.Length == MnemonicLength + Vector.Length && number.Key.EndsWith(Vector, StringComparison.Ordinal)
        );
        foreach (var (name, vector) in vectors.Where(static number => number.Key != "VE_VECTOR"))
        {
            // The header's list of exits has XF for what asm/kvm.h calls XM.
            var mnemonic = name == "XM_VECTOR" ? "XF" : name[..MnemonicLength];
            expected.Add($"{mnemonic[0]}{mnemonic[1..].ToLowerInvariant()}Excp", first + (uint)vector);
        }
        return expected;
    }

    /// <param name="assembly">The generated code.</param>
    /// <param name="differences">Takes what differs.</param>
    public static void Compare(Assembly assembly, Differences differences)
    {
        var expected = Expected();
        var type = assembly.GetType(typeof(SvmExitCode).FullName!, throwOnError: true)!;
        // As kvm_exit has it: TP_STRUCT__entry in arch/x86/kvm/trace.h.
        differences.Check(type.Name, "type", typeof(uint).Name, type.GetEnumUnderlyingType().Name);
        var codes = type.GetFields(BindingFlags.Static | BindingFlags.Public)
            .Select(static field => (Name: NativeNames.Of(field), Value: Numbers.From(field.GetRawConstantValue()!)))
            .ToArray();
        foreach (var (name, value) in codes)
        {
            if (expected.TryGetValue(name, out var number))
                differences.Check(name, "number", number, value);
            else
                differences.Add(name, "the header does not have it");
        }
        foreach (var name in expected.Keys.Except(codes.Select(static code => code.Name)))
            differences.Add(name, "no generated exit code has this name");
    }
}
