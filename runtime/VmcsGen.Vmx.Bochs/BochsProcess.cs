using System;
using System.Diagnostics;
using System.IO;
using System.Threading.Tasks;
using VmcsGen.Vmx.RingZero;

namespace VmcsGen.Vmx.Bochs;

/// <summary>
/// The emulator's process and its files. Both go with this object, and with this process however it ends: a shell in between waits
/// until a pipe from here is closed.
/// </summary>
internal sealed class BochsProcess : IDisposable
{
    // $1: the directory, $2: the program. When the watcher's pipe ends, or the emulator does, everything goes.
    private const string Script = """
        trap '' INT HUP TERM
        exec 3<&0
        "$2" -q -f "$1/bochsrc" <"$1/commands" 3<&- &
        emulator=$!
        { read -r line; kill -KILL $emulator; } <&3 >/dev/null 2>&1 &
        watcher=$!
        exec 3<&-
        wait $emulator
        status=$?
        kill -KILL $watcher
        rm -rf -- "$1"
        exit $status
        """;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly Process _shell;

    private BochsProcess(Process shell, string directory)
    {
        _shell = shell;
        Directory = directory;
    }

    /// <summary>Where its files are, until it ends.</summary>
    internal string Directory { get; }

    internal MachineOutput Output { get; } = new();

    /// <summary>Completes when the emulator has ended.</summary>
    internal Task Ended { get; private set; } = Task.CompletedTask;

    /// <summary>The shell's id; the emulator is its child.</summary>
    internal int Id => _shell.Id;

    internal static BochsProcess Start(string program, Action<string> writeFiles)
    {
        var directory = System.IO.Directory.CreateTempSubdirectory("vmcsgen-bochs-").FullName;
        try
        {
            writeFiles(directory);
            var start = new ProcessStartInfo("/bin/sh", ["-c", Script, "sh", directory, program])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                // Bochs leaves files where it is started.
                WorkingDirectory = directory,
                // The display is drawn for a terminal, which nobody looks at: the plainest one that every system knows.
                Environment = { ["TERM"] = "dumb" },
            };
            var shell = Process.Start(start) ?? throw new IOException($"{program} could not be started.");
            var process = new BochsProcess(shell, directory);
            process.Listen();
            return process;
        }
        catch
        {
            System.IO.Directory.Delete(directory, recursive: true);
            throw;
        }
    }

    public void Dispose()
    {
        // End of input is what the shell waits for.
        _shell.StandardInput.Close();
        if (!_shell.WaitForExit(s_patience))
            _shell.Kill(entireProcessTree: true);
        _shell.Dispose();
        if (System.IO.Directory.Exists(Directory))
            System.IO.Directory.Delete(Directory, recursive: true);
    }

    private void Listen()
    {
        _shell.OutputDataReceived += (_, line) => Output.Add(line.Data);
        _shell.ErrorDataReceived += (_, line) => Output.Add(line.Data);
        _shell.BeginOutputReadLine();
        _shell.BeginErrorReadLine();
        Ended = _shell.WaitForExitAsync();
    }
}
