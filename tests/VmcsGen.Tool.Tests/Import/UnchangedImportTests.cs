using System;
using System.IO;
using System.Linq;
using VmcsGen.Oracle.Tests.Headers;
using VmcsGen.Tool.Comparison;
using Xunit;

namespace VmcsGen.Tool.Tests.Import;

/// <summary>Headers that bring nothing new change nothing.</summary>
public sealed class UnchangedImportTests
{
    [Fact]
    public void Importing_the_installed_headers_leaves_every_spec_byte_for_byte_as_it_is()
    {
        Tools.RequireOrSkip();
        var folder = Directory.CreateTempSubdirectory("vmcsgen");
        try
        {
            foreach (var file in Directory.EnumerateFiles(KvmImport.Folder, "*", SearchOption.AllDirectories))
            {
                var copy = Path.Combine(folder.FullName, Path.GetRelativePath(KvmImport.Folder, file));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(file, copy);
            }

            var run = ToolRun.Of(KvmImport.CommandLine("import", "--into", folder.FullName));

            Assert.Empty(run.Error);
            Assert.Equal(0, run.ExitCode);
            Assert.StartsWith("Nothing to change.", run.Output, StringComparison.Ordinal);
            Assert.Equal(Files(KvmImport.Folder), Files(folder.FullName));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void What_is_newer_than_the_installed_headers_is_listed()
    {
        var newer = KvmImport
            .Import(KvmImport.Specs)
            .Findings.Where(static finding => finding.Kind == FindingKind.Newer)
            .Select(static finding => finding.Item)
            .ToHashSet();
        // No header of a kernel before Linux 6.8 has these.
        string[] later =
        [
            "KVM_CREATE_GUEST_MEMFD",
            "struct kvm_create_guest_memfd",
            "KVM_CAP_GUEST_MEMFD",
            "struct kvm_run.memory_fault.gpa",
        ];

        if (InstalledHeaders.Kvm.Macros.Numbers.Contains("KVM_CREATE_GUEST_MEMFD"))
            Assert.DoesNotContain("KVM_CREATE_GUEST_MEMFD", newer);
        else
            Assert.Subset(newer, later.ToHashSet());
        Assert.DoesNotContain("KVM_RUN", newer);
    }

    private static (string, string)[] Files(string folder) =>
        [
            .. Directory
                .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .Order(StringComparer.Ordinal)
                .Select(file => (Path.GetRelativePath(folder, file), Convert.ToHexString(File.ReadAllBytes(file)))),
        ];
}
