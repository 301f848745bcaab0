using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Nodes;
using VmcsGen.Facts;
using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Oracle.Tests.Kvm;
using VmcsGen.Oracle.Tests.Support;
using VmcsGen.Tool.Tests.Btf;
using VmcsGen.Tool.Tests.Import;
using VmcsGen.Vmx.Bochs.Tests.Testing;
using Xunit;

namespace VmcsGen.Tool.Tests.Facts;

/// <summary>Files of tests/facts are what their maker makes of the headers and kernels that they are of.</summary>
public sealed class MadeFactsTests(Linux612Kernel kernel) : IClassFixture<Linux612Kernel>
{
    private static readonly string s_folder = Path.Combine(Repository.Root, "tests", "facts");

    [Fact]
    public void KVM_of_Linux_6_12_is_made_of_Debians_headers()
    {
        var headers = DebianHeaders.Of("trixie");
        AssertUnchanged("kvm612_x86_64.json", ["kvm", Kernel("kvm612_x86_64.json"), .. headers.Folders]);
    }

    [Fact]
    public void Newest_KVM_is_made_of_Debians_headers()
    {
        var headers = DebianHeaders.Of("experimental");
        var kernel = Kernel("kvm_x86_64.json");
        // The newest kernel of all does not stay it for long.
        if (!headers.AreOf(kernel))
            Assert.Skip($"The record is of {kernel}, and Debian's experimental has {headers.Version}.");
        AssertUnchanged("kvm_x86_64.json", ["kvm", kernel, .. headers.Folders]);
    }

    [Theory]
    [MemberData(nameof(MachineImport.Names), MemberType = typeof(MachineImport))]
    public void KVM_of_another_machine_is_made_by_gcc_for_it(string machine)
    {
        var headers = DebianHeaders.Of("experimental");
        var file = $"kvm_{machine}.json";
        if (!headers.AreOf(Kernel(file)))
            Assert.Skip($"The record is of {Kernel(file)}, and Debian's experimental has {headers.Version}.");
        AssertUnchanged(file, ["arch", machine, Kernel(file), CrossGcc.Of(machine), .. headers.FoldersOf(machine)]);
    }

    // Debian's stable headers stay what they are, so this is compiled in each run.
    [Theory]
    [MemberData(nameof(MachineImport.Names), MemberType = typeof(MachineImport))]
    public void All_that_Linux_6_12_has_on_another_machine_is_generated_as_gcc_compiles_it(string name)
    {
        var headers = DebianHeaders.Of("trixie");
        var machine = KvmMachine.All.Single(machine => machine.Name == name);
        var record = FactsCommand.Run(["arch", name, "Linux 6.12", CrossGcc.Of(name), .. headers.FoldersOf(name)]);
        var differences = Differences.WhereMet(MachineImport.Later);

        var (structs, _, ioctls, constants) = MachineComparison.Compare(
            MachineComparison.Wanted(JsonSerializer.Deserialize<KvmFacts>(record, FactsFile.Options)!, machine.LeftOut),
            machine.Of(typeof(VmcsGen.Kvm.Abi.Arm64.KvmRegs).Assembly),
            differences
        );

        differences.AssertNone(TestContext.Current.TestOutputHelper);
        Assert.InRange(structs, 50, int.MaxValue);
        Assert.InRange(ioctls, 50, int.MaxValue);
        Assert.InRange(constants, 500, int.MaxValue);
    }

    [Fact]
    public void Vmcs12_of_Linux_6_12_is_made_of_the_compiled_kernel()
    {
        kernel.RequireOrSkip();
        var name = Text("vmcs12.json")["linux_6_12"]!["kernel"]!.GetValue<string>();
        AssertUnchanged("vmcs12.json", ["vmcs12", FileOf("vmcs12.json"), "linux_6_12", name, kernel.Module("kvm-intel.ko"), kernel.Kernel]);
    }

    [Fact]
    public void The_enlightened_VMCS_is_made_of_the_compiled_kernel()
    {
        kernel.RequireOrSkip();
        AssertUnchanged("evmcs.json", ["evmcs", FileOf("evmcs.json"), Kernel("evmcs.json"), kernel.Module("kvm-intel.ko"), kernel.Kernel]);
    }

    [Fact]
    public void Encodings_are_those_that_Bochs_accepts()
    {
        TestMachine.SkipWithoutBochs();
        var models = Text("bochs_fields.json")["models"]!.AsObject().Select(static model => model.Key);
        AssertUnchanged("bochs_fields.json", ["bochs", .. models]);
    }

    [Fact]
    public void What_cannot_be_made_is_told()
    {
        AssertTold("say what to make");
        AssertTold("say what to make", "kvm", "Linux 6.12");
        AssertTold(
            "it does not begin with the number of BTF",
            "evmcs",
            FileOf("evmcs.json"),
            "x",
            FileOf("evmcs.json"),
            FileOf("evmcs.json")
        );

        static void AssertTold(string error, params string[] words) =>
            Assert.Contains(error, Assert.Throws<InputException>(() => FactsCommand.Run(words)).Message, StringComparison.Ordinal);
    }

    private static void AssertUnchanged(string file, string[] words) =>
        Assert.Equal(File.ReadAllText(FileOf(file)), FactsCommand.Run(words));

    private static string Kernel(string file) => Text(file)["kernel"]!.GetValue<string>();

    private static JsonNode Text(string file) => JsonNode.Parse(File.ReadAllText(FileOf(file)))!;

    private static string FileOf(string file) => Path.Combine(s_folder, file);
}
