using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using VmcsGen.Oracle.Tests.Headers;
using VmcsGen.Tool.Traces;
using Xunit;

namespace VmcsGen.Tool.Tests.Traces;

/// <summary>A trace as it happens, of a folder that looks like tracefs with an instance; and what stands against it.</summary>
public class LiveTraceTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    private const string Line = "x-1 [000] 1.5: kvm_entry: vcpu 3, rip 0xfff0\n";

    [Fact]
    public async Task Lines_are_read_as_they_come_and_until_it_is_cancelled()
    {
        Tools.RequireOrSkip();
        using var folder = new ScratchDirectory();
        var instance = folder.Path($"instances/vmcsgen-{Environment.ProcessId}");
        var events = Path.Combine(instance, "events/kvm/kvm_entry");
        Directory.CreateDirectory(events);
        File.WriteAllText(Path.Combine(events, "enable"), "0");
        Tools.Run("mkfifo", Path.Combine(instance, "trace_pipe"));
        using var stop = new CancellationTokenSource();
        var written = new TaskCompletionSource<FileStream>();
        var writer = Task.Run(() => written.SetResult(new(Path.Combine(instance, "trace_pipe"), FileMode.Open, FileAccess.Write)));

        var live = LiveTrace.Begin(folder.Path(""));
        var pipe = await written.Task;
        var count = 0;
        foreach (var one in Read())
        {
            Assert.Equal(0xFFF0ul, one.Rip);
            if (++count == 3)
                await stop.CancelAsync();
            else
                Write();
        }

        await writer;
        pipe.Dispose();
        Assert.Equal(3, count);
        Assert.Equal("1", File.ReadAllText(Path.Combine(events, "enable")));
        // tracefs takes the files of an instance with it.
        Directory.Delete(instance, recursive: true);
        Directory.CreateDirectory(instance);
        live.Dispose();
        Assert.False(Directory.Exists(instance));

        IEnumerable<TraceEvent> Read()
        {
            Write();
            return TraceReader.Read(live.Read(stop.Token), static problem => Assert.Fail($"{problem}"));
        }

        void Write()
        {
            pipe.Write(Encoding.ASCII.GetBytes(Line));
            pipe.Flush();
        }
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public void A_signal_ends_the_command_with_a_summary_and_leaves_nothing(string signal)
    {
        Tools.RequireOrSkip();
        using var folder = new ScratchDirectory();
        // The instance is named by the process, which exec keeps. Tests may be a background job, which ignores SIGINT.
        const string Script = """
            instance=$1/instances/vmcsgen-$$
            mkdir -p "$instance/events/kvm/kvm_exit"
            : >"$instance/events/kvm/kvm_exit/enable"
            mkfifo "$instance/trace_pipe"
            exec env --default-signal=INT dotnet "$2" decode --follow "$1"
            """;
        var tool = Path.Combine(AppContext.BaseDirectory, "vmcsgen.dll");
        var start = new ProcessStartInfo("bash", ["-c", Script, "run", folder.Path(""), tool])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var instance = folder.Path($"instances/vmcsgen-{process.Id}");
        var pipe = Path.Combine(instance, "trace_pipe");
        Assert.True(SpinWait.SpinUntil(() => File.Exists(pipe), s_patience));
        using (var writer = new FileStream(pipe, FileMode.Open, FileAccess.Write))
        {
            writer.Write("x-1 [000] 1.5: kvm_exit: vcpu 0 reason HLT rip 0x5 info 0 0\n"u8);
            writer.Flush();
            var line = process.StandardOutput.ReadLine();
            // tracefs takes the files of an instance with it.
            Directory.Delete(instance, recursive: true);
            Directory.CreateDirectory(instance);
            Tools.Run("kill", $"-{signal}", $"{process.Id}");

            Assert.True(process.WaitForExit(s_patience), "It goes on.");
            Assert.Contains("Hlt  RIP 0x5", line, StringComparison.Ordinal);
        }
        Assert.Contains("1  100.0 %  HLT", process.StandardOutput.ReadToEnd(), StringComparison.Ordinal);
        Assert.Empty(process.StandardError.ReadToEnd());
        Assert.Equal(0, process.ExitCode);
        Assert.False(Directory.Exists(instance));
    }

    [Fact]
    public void A_folder_that_is_no_tracefs_is_told_with_what_to_do()
    {
        var run = ToolRun.Of("decode", "--follow", Path.GetTempPath());

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("mount -t tracefs", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_kernel_without_trace_points_of_KVM_is_told_and_nothing_is_left()
    {
        using var folder = new ScratchDirectory();
        Directory.CreateDirectory(folder.Path("instances"));

        var run = ToolRun.Of("decode", "--follow", folder.Path(""));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("no trace points of KVM", run.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(folder.Path("instances")));
    }
}
