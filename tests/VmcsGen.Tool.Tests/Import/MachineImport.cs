using System;
using System.Collections.Concurrent;
using System.Linq;
using VmcsGen.Facts;
using VmcsGen.Oracle.Tests.Kvm;
using VmcsGen.Tool.Clang;
using VmcsGen.Tool.Comparison;
using VmcsGen.Tool.Headers;
using VmcsGen.Tool.Import;
using VmcsGen.Tool.SpecTexts;
using VmcsGen.Tool.Tests.Facts;
using Xunit;

namespace VmcsGen.Tool.Tests.Import;

/// <summary>The import of KVM's headers of another machine into the specs of the repository.</summary>
/// <param name="machine">The machine, as specs name it.</param>
/// <param name="headers">The headers.</param>
internal sealed class MachineImport(string machine, DebianHeaders headers)
{
    private static readonly ConcurrentDictionary<string, MachineImport> s_all = new();

    /// <summary>What later kernels changed, seen from Linux 6.12.</summary>
    public static readonly (string Item, string Reason)[] Later =
    [
        ("KVM_DEV_TYPE_MAX, value", "counts the device types, of which there are more now"),
        ("KVM_RISCV_ISA_EXT_MAX, value", "counts the extensions, of which there are more now"),
        ("KVM_RISCV_SBI_EXT_MAX, value", "counts the extensions, of which there are more now"),
        ("KVM_REG_RISCV_ISA_MULTI_REG_LAST, value", "counts the extensions, of which there are more now"),
        ("KVM_X86_DISABLE_VALID_EXITS", "left the header when the mask grew"),
        ("KVM_DIRTY_LOG_PAGE_OFFSET, value", "riscv64 got a dirty ring later"),
        ("kvm_riscv_config, size", "zicbop_block_size was added later"),
        ("kvm_s390_vm_cpu_subfunc.reserved, offset", "pfcr took the beginning of it"),
        ("kvm_s390_vm_cpu_subfunc.reserved, size", "pfcr took the beginning of it"),
        ("kvm_s390_vm_cpu_subfunc.reserved, dimensions", "pfcr took the beginning of it"),
    ];

    private readonly Lazy<CInterface> _header = new(() =>
        HeaderReader.Read(ArchitectureRecord.Headers, ArchitectureRecord.TargetOf(machine, headers.FoldersOf(machine)))
    );

    public static TheoryData<string> Names => [.. KvmMachine.All.Select(static machine => machine.Name)];

    public ClangTarget Target { get; } = ArchitectureRecord.TargetOf(machine, headers.FoldersOf(machine));

    public CInterface Header => _header.Value;

    public SpecSet Specs => SpecSet.Read(KvmImport.Folder, Target.Architecture);

    private LeftOut LeftOut => LeftOut.Of(KvmImport.Folder, Target.Architecture);

    /// <summary>With the headers that the specs are of, or skips the test.</summary>
    public static MachineImport Of(string machine)
    {
        var headers = DebianHeaders.Of("experimental");
        var kernel = KvmMachine.All.Single(one => one.Name == machine).Facts.Kernel;
        if (!headers.AreOf(kernel))
            Assert.Skip($"The specs are of {kernel}, and Debian's experimental has {headers.Version}.");
        return s_all.GetOrAdd(machine, name => new(name, headers));
    }

    public ImportResult Import(SpecSet specs) =>
        Importer.Run(
            Header,
            ArchitectureRecord.Headers,
            Target,
            specs,
            LeftOut,
            new NewFiles(KvmImport.Folder, isPublic: false, Target.Architecture)
        );

    /// <summary>The words of a command line that names these headers.</summary>
    public string[] CommandLine(params string[] words) =>
        [
            words[0],
            .. ArchitectureRecord.Headers.Names,
            "--target",
            Target.Triple,
            .. Target.Includes.SelectMany(static folder => new[] { "--include", folder }),
            .. Target.Definitions.SelectMany(static one => new[] { "--define", one }),
            .. words[1..],
        ];
}
