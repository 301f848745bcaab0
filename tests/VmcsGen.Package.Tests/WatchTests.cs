using System.Threading.Tasks;
using Xunit;

namespace VmcsGen.Package.Tests;

public sealed class WatchTests(PackageFeed feed)
{
    [Fact]
    public async Task Under_dotnet_watch_a_running_program_follows_its_YAML_and_a_mistake_is_reported()
    {
        var consumer = new Consumer(feed, "watched");
        void WriteField(string encoding) =>
            consumer.Write("acme.vmcs.yaml", $"kind: vmcs-fields\nfields:\n  - {{ name: AcmeCounter, {encoding}, doc: Counts. }}\n");
        WriteField("encoding: 0x2E00");
        consumer.Write(
            "Program.cs",
            """
            using System;
            using System.Threading;
            using Consumer;
            using VmcsGen.Vmx;

            // Again and again, so that the value can be waited for at any time.
            for (; ; Thread.Sleep(500))
                Console.WriteLine($"The encoding is {(uint)VmcsField.AcmeCounter:x}.");
            """
        );

        using var program = new WatchedProgram(consumer.Folder);
        await program.WaitFor("Waiting for changes");
        await program.WaitFor("The encoding is 2e00.");
        WriteField("encoding: 0x2E02");
        await program.WaitFor("Waiting for changes");
        await program.WaitFor("The encoding is 2e02.");
        WriteField("encodng: 0x2E04");
        await program.WaitFor("acme.vmcs.yaml(3,26): error VMCS0004: This VMCS field has no key 'encodng'. Did you mean 'encoding'?");
        WriteField("encoding: 0x2E04");
        await program.WaitFor("The encoding is 2e04.");
    }
}
