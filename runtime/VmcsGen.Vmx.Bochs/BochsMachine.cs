using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using VmcsGen.Vmx.RingZero;

namespace VmcsGen.Vmx.Bochs;

/// <summary>
/// An Intel processor with VMX on any Linux machine: the emulator Bochs, whose firmware is the ring-0 agent. It starts within half a
/// second, and ends with <see cref="Dispose"/> or with this process, however that ends; nothing is left on disk. It opens no port:
/// its serial line is a pseudo-terminal that no other user can open.
/// </summary>
/// <example><code>
/// using var machine = BochsMachine.Start("tigerlake");
/// var capabilities = VmxCapabilities.Read(machine.Cpu);
/// </code></example>
[MustDispose]
public sealed class BochsMachine : IDisposable
{
    /// <summary>The model that is started unless another one is named.</summary>
    public const string DefaultModel = "corei7_skylake_x";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    // A line that ended is an emulator that ends: what it has to say comes within this time. A silent one lives on.
    private static readonly TimeSpan s_lastWords = TimeSpan.FromSeconds(2);

    private readonly BochsProcess _process;
    private readonly BochsGuard _guard;
    private bool _isDisposed;

    private BochsMachine(BochsProcess process, BochsLine line, string model, int megabytes)
    {
        _process = process;
        Line = line;
        Model = model;
        process.Ended.ContinueWith(_ => line.End(), TaskScheduler.Default);
        try
        {
            Cpu = new RingZeroCpu(line, (ulong)megabytes << 20, LastWords, s_patience);
        }
        catch (RingZeroException failure)
        {
            throw new RingZeroException(
                process.Ended.IsCompleted
                    ? $"Bochs with the CPU model '{model}' ended before the ring-0 agent was there."
                    : $"Bochs with the CPU model '{model}' did not bring up the ring-0 agent within {s_patience.TotalSeconds} s.",
                failure.MachineOutput,
                failure
            );
        }
        _guard = new BochsGuard(Cpu);
        Cpu.Guard = _guard;
    }

    /// <summary>The processor.</summary>
    public RingZeroCpu Cpu { get; }

    /// <summary>Where Bochs 2.7 is known to do something else than the SDM says. <c>docs/deviations.md</c> has them in a table.</summary>
    public static IReadOnlyList<BochsDeviation> Deviations => KnownBochsDeviations.All;

    /// <summary>
    /// Whether instructions are executed by which the machine is lost, see <see cref="BochsDeviation.IsFatal"/>. By default they are
    /// refused with a <see cref="NotSupportedException"/>, and the machine goes on.
    /// </summary>
    public bool AllowsFatalInstructions
    {
        get => _guard.IsOff;
        set => _guard.IsOff = value;
    }

    /// <summary>The CPU model, in Bochs' words.</summary>
    public string Model { get; }

    /// <summary>The last lines that the emulator wrote.</summary>
    public string Output => _process.Output.ToString();

    /// <summary>The agent's line, for tests that break it.</summary>
    internal BochsLine Line { get; }

    /// <summary>Where the emulator's files are.</summary>
    internal string Directory => _process.Directory;

    /// <summary>The process that starts and ends the emulator.</summary>
    internal int ProcessId => _process.Id;

    /// <summary>Tells whether machines can be started: null if so, else what is missing and how to get it.</summary>
    public static string? Probe()
    {
        BochsInstallation.TryFind(out _, out var reason);
        return reason;
    }

    /// <summary>Starts a machine.</summary>
    /// <param name="model">The CPU model, one of <c>bochs --help cpu</c>; it must have 64-bit mode.</param>
    /// <param name="megabytes">Memory, 2 to 2048.</param>
    /// <param name="processors">
    /// 1, or 2 for guests that get NMIs, INIT signals and SIPIs by <see cref="RingZeroCpu.Pend"/>: the second processor sends them, and
    /// does nothing else. The machine is slower with it.
    /// </param>
    /// <param name="cancellationToken">Ends the wait for the agent.</param>
    /// <exception cref="PlatformNotSupportedException">
    /// There is no Bochs here, or it lacks the display that opens no port; the message has the remedy.
    /// </exception>
    /// <exception cref="RingZeroException">Bochs does not start the agent; the message has what it said.</exception>
    /// <exception cref="OperationCanceledException">
    /// The token was cancelled before the agent was there. Nothing is left of the machine.
    /// </exception>
    public static BochsMachine Start(
        string model = DefaultModel,
        int megabytes = 32,
        int processors = 1,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        ArgumentOutOfRangeException.ThrowIfLessThan(megabytes, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(megabytes, 2048);
        ArgumentOutOfRangeException.ThrowIfLessThan(processors, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(processors, 2);
        if (!BochsInstallation.TryFind(out var program, out var reason))
            throw new PlatformNotSupportedException(reason);
        cancellationToken.ThrowIfCancellationRequested();

        var line = new BochsLine();
        BochsProcess? process = null;
        try
        {
            process = BochsProcess.Start(
                program,
                directory => BochsConfiguration.Write(directory, model, megabytes, processors, line.Path)
            );
            // The emulator ends, and with it the wait.
            using var cancellation = cancellationToken.Register(process.Kill);
            return new BochsMachine(process, line, model, megabytes) { Cpu = { Events = { Processors = processors } } };
        }
        catch (Exception failure)
        {
            line.Dispose();
            process?.Dispose();
            if (failure is RingZeroException && cancellationToken.IsCancellationRequested)
                throw new OperationCanceledException("The start of Bochs was cancelled.", failure, cancellationToken);
            throw;
        }
    }

    /// <summary>Ends the emulator and removes its files.</summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        Line.Dispose();
        _process.Dispose();
    }

    private string LastWords()
    {
        _process.Ended.Wait(s_lastWords);
        return Output;
    }
}
