using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using VmcsGen.Oracle.Tests.Generated;

namespace VmcsGen.Oracle.Tests.Headers;

/// <summary>What the C compiler says of a header of this machine.</summary>
internal sealed class InstalledHeaders
{
    // Some macros are in terms of what only the kernel itself defines.
    private const string KernelTerms = "#define PAGE_SIZE 4096\n#define SZ_64K 65536\n";

    private static readonly Lazy<InstalledHeaders> LazyKvm = new(static () => new($"{KernelTerms}#include <linux/kvm.h>\n", "kvm.h"));
    private static readonly Lazy<InstalledHeaders> LazyVmx = new(static () => new("#include <asm/vmx.h>\n", "vmx.h"));
    private static readonly Lazy<InstalledHeaders> LazyKvmParavirtual = new(static () => new("#include <asm/kvm_para.h>\n", "kvm_para.h"));
    private static readonly Lazy<InstalledHeaders> LazyErrnoBase = new(static () => new("#include <asm/errno.h>\n", "errno-base.h"));
    private static readonly Lazy<InstalledHeaders> LazyErrno = new(static () => new("#include <asm/errno.h>\n", "errno.h"));
    private static readonly Lazy<InstalledHeaders> LazyCpuid = new(static () => new("#include <cpuid.h>\n", "cpuid.h"));

    private readonly Dictionary<string, (int Size, int Alignment)> _structs = [];
    private readonly Dictionary<(string Tag, string Path), (int Offset, int Size)> _members = [];
    private readonly Dictionary<(string Tag, string Path), BitRange> _bitFields = [];
    private readonly Dictionary<string, Int128> _numbers = [];

    private InstalledHeaders(string source, string header)
        : this(source, [header]) { }

    private InstalledHeaders(string source, string[] headers)
    {
        using var directory = new ScratchDirectory();
        var types = DebugInformation.Of(directory, source);
        var structs = headers
            .SelectMany(types.DeclaredIn)
            .Where(static e => e is { IsStruct: true, Name: not null, Children.Count: > 0 })
            .Select(e => HeaderStruct.Of(e, types))
            .ToArray();
        var enumerators = headers
            .SelectMany(types.DeclaredIn)
            .Where(static e => e.Tag == "enumeration_type")
            .SelectMany(static e => e.Children)
            .Select(static e => e.Name!);
        Macros = HeaderMacros.Of(directory, source, headers);

        var program = new OracleProgram(source);
        foreach (var type in structs)
            program.Ask(type);
        program.Ask(Macros.Numbers.Union(enumerators));
        foreach (var answer in program.Run(directory))
            Take(answer);
        Declared = structs.ToDictionary(static s => s.Tag);
    }

    /// <summary>Some headers of the kernel's interface, as their file names; null when this machine does not have them.</summary>
    public static InstalledHeaders? Find(params string[] headers)
    {
        var source = "#include <stddef.h>\n#include <linux/ioctl.h>\n" + string.Concat(headers.Select(static h => $"#include <{h}>\n"));
        using var directory = new ScratchDirectory();
        return Tools.TryRun("gcc", "-fsyntax-only", directory.Write("probe.c", source)).ExitCode == 0
            ? new(source, [.. headers.Select(static h => h.Split('/')[^1])])
            : null;
    }

    /// <summary>&lt;linux/kvm.h&gt; and the &lt;asm/kvm.h&gt; that it includes.</summary>
    public static InstalledHeaders Kvm => LazyKvm.Value;

    /// <summary>&lt;asm/vmx.h&gt;.</summary>
    public static InstalledHeaders Vmx => LazyVmx.Value;

    /// <summary>The compiler's own &lt;cpuid.h&gt;.</summary>
    public static InstalledHeaders Cpuid => LazyCpuid.Value;

    /// <summary>&lt;asm/kvm_para.h&gt;.</summary>
    public static InstalledHeaders KvmParavirtual => LazyKvmParavirtual.Value;

    /// <summary>The values of errno, of both headers that have them.</summary>
    public static IReadOnlyDictionary<string, Int128> ErrnoNumbers =>
        LazyErrnoBase.Value.Numbers.Concat(LazyErrno.Value.Numbers).ToDictionary();

    public HeaderMacros Macros { get; }

    /// <summary>The structs and their members.</summary>
    public IReadOnlyDictionary<string, HeaderStruct> Declared { get; }

    public IReadOnlyDictionary<string, (int Size, int Alignment)> Structs => _structs;

    /// <summary>The numbers alone, as they can be written down.</summary>
    public HeaderFacts Facts =>
        new(
            Declared.Values.ToDictionary(
                static s => s.Tag,
                s => new HeaderStructFacts(
                    _structs[s.Tag].Size,
                    _structs[s.Tag].Alignment,
                    s.Members.ToDictionary(static m => m.Path, m => FactsOf(s.Tag, m))
                )
            ),
            _numbers
        );

    private HeaderMemberFacts FactsOf(string tag, HeaderMember member)
    {
        if (member.Kind == MemberKind.BitField)
            return new(member.Kind, _bitFields[(tag, member.Path)].Low, _bitFields[(tag, member.Path)].Count);
        var (offset, size) = _members[(tag, member.Path)];
        return new(member.Kind, offset, size);
    }

    /// <summary>Members by struct and path; the size of a flexible array is that of an entry.</summary>
    public IReadOnlyDictionary<(string Tag, string Path), (int Offset, int Size)> Members => _members;

    public IReadOnlyDictionary<(string Tag, string Path), BitRange> BitFields => _bitFields;

    /// <summary>Macros and enumerators.</summary>
    public IReadOnlyDictionary<string, Int128> Numbers => _numbers;

    private void Take(string[] answer)
    {
        switch (answer)
        {
            case ["struct", var tag, var size, var alignment]:
                _structs.Add(tag, (Parse(size), Parse(alignment)));
                break;
            case ["member" or "flexible", var tag, var path, var offset, var size]:
                _members.Add((tag, path), (Parse(offset), Parse(size)));
                break;
            case ["bits", var tag, var path, var bytes]:
                _bitFields.Add((tag, path), BitRange.SetIn(Convert.FromHexString(bytes)));
                break;
            case ["number", var name, var value]:
                _numbers.Add(name, Int128.Parse(value, CultureInfo.InvariantCulture));
                break;
            default:
                throw new InvalidOperationException($"The oracle answered: {string.Join(' ', answer)}");
        }
    }

    private static int Parse(string number) => int.Parse(number, CultureInfo.InvariantCulture);
}
