using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using VmcsGen.Tool.Tests.Images;
using VmcsGen.Tool.Tests.Import;
using VmcsGen.Tool.Tests.Traces;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Tests;

namespace VmcsGen.Tool.Tests.Commands;

/// <summary>The files that examples name, in a folder that is gone at the end.</summary>
internal sealed class ExampleFiles : IDisposable
{
    private const string Layout = """
        kind: layouts
        layouts:
          - name: PrivateVmcs
            doc: The beginning of a vmcs12.
            size: 4096
            fields:
              - { offset: 40, field: IoBitmapA }
              - { offset: 48, field: IoBitmapB }
        """;

    private const string Trace = "qemu-1 [000] 1.5: kvm_exit: vcpu 0 reason HLT rip 0x5 info1 0x0 info2 0x0 intr_info 0x0 error_code 0x0\n";

    private const string Spec = """
        kind: kvm-ioctls
        type: 0xB7
        ioctls:
          - { name: ACME_RESET, number: 3, direction: none, descriptor: vm }
        """;

    private static readonly string[] s_made = ["vfio", "kernel", "kvm.sarif"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("vmcsgen");
    private readonly Dictionary<string, byte[]> _contents = [];

    public ExampleFiles()
    {
        var fields = SceneFields.Of(EntryCase.Long());
        var page = FactPage.Vmcs12.Write(fields);
        fields[VmcsField.GuestRip]++;
        Add("kernel.log", File.ReadAllBytes(ToolRun.DumpPath("04-kvm-windows-smm-tdp.txt")));
        Add("other.json", ToolRun.Of("host", "--json").Output);
        Add("trace.dat", TraceFileTests.GoodFile(isCompressed: true));
        Add("strace.txt", "ioctl(3, KVM_RUN, 0) = -1 EFAULT (Bad address)\n");
        Add("kvm.h", "");
        Add("kvm.bpf", "");
        Add("specs.sarif", "");
        Add("host.json", ToolRun.Of("host", "--json").Output);
        Add("page.bin", page);
        Add("before.bin", page);
        Add("after.bin", FactPage.Vmcs12.Write(fields));
        Add("nested-state.bin", NestedStates.Vmx(page));
        Add("guest.snapshot", SnapshotBytes.Small(0xFFF0, 1, NestedStates.Vmx(page)));
        Add("guest.core", [.. new byte[8192], .. page, .. new byte[8192]]);
        Add("private.vmcs.yaml", Layout);
        Directory.CreateDirectory(Path.Combine(_folder.FullName, "specs"));
        _contents.Add("specs", []);
        Add("specs/acme.vmcs.yaml", Spec);
    }

    /// <summary>The words of an example's own command, with the paths of the files.</summary>
    public string[] WordsOf(string line) =>
        [
            .. Own(line)
                .Split(['>'], 2)[0]
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..]
                .Select(word =>
                    word == "spec/kvm" ? KvmImport.Folder
                    : _contents.ContainsKey(word) || s_made.Contains(word) ? Path.Combine(_folder.FullName, word)
                    : word
                ),
        ];

    /// <summary>What stands before the pipe writes.</summary>
    public byte[] InputOf(string line) =>
        line.Contains("strace", StringComparison.Ordinal) ? _contents["strace.txt"]
        : line.Contains("trace", StringComparison.Ordinal) ? Encoding.ASCII.GetBytes(Trace)
        : line.Contains("zstdcat", StringComparison.Ordinal) ? _contents["guest.core"]
        : _contents["kernel.log"];

    public void Dispose() => _folder.Delete(recursive: true);

    // What stands before and behind pipes is the shell's.
    private static string Own(string line) =>
        line.Split('|', StringSplitOptions.TrimEntries)
            .Select(static part => part.Replace("source <(", "", StringComparison.Ordinal).TrimEnd(')'))
            .Select(static part => part.StartsWith("sudo ", StringComparison.Ordinal) ? part["sudo ".Length..] : part)
            .Single(static part => part.StartsWith("vmcsgen ", StringComparison.Ordinal));

    private void Add(string name, string text) => Add(name, Encoding.UTF8.GetBytes(text));

    private void Add(string name, byte[] content)
    {
        _contents.Add(name, content);
        File.WriteAllBytes(Path.Combine(_folder.FullName, name), content);
    }
}
