using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Vmx.RingZero;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>A machine with the ring-0 agent on which cases are tried. One that a case ends is replaced.</summary>
public abstract class RingZeroTarget : IEntryMachine, IDisposable
{
    private IDisposable _machine = null!;

    /// <summary>The processor.</summary>
    public EntryTarget Target { get; private set; } = null!;

    /// <summary>How many machines were started.</summary>
    public int Machines { get; private set; }

    /// <summary>How long a case or a batch may take.</summary>
    protected abstract TimeSpan Patience { get; }

    /// <summary>The processor of the machine that runs.</summary>
    protected RingZeroCpu Cpu { get; private set; } = null!;

    /// <inheritdoc/>
    public abstract IReadOnlyList<EntryObservation> Observe(IReadOnlyList<FuzzCase> cases, IReadOnlyList<EntryExpectation> expectations);

    /// <summary>Tries a case by itself.</summary>
    public EntryObservation ObserveAlone(FuzzCase one) => ObserveAlone(one, Patience);

    /// <summary>Ends the machine.</summary>
    public void Dispose()
    {
        _machine.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Starts a machine.</summary>
    protected abstract (IDisposable Machine, RingZeroCpu Cpu) Start();

    /// <summary>Starts the first machine, and launches each guest without a change.</summary>
    protected void StartFirst()
    {
        Restart();
        foreach (var guest in Target.Guests)
        {
            var launched = Target.Observe(new FuzzCase(0, 0, guest, [], []));
            if (!launched.Outcome.IsSuccess || launched.End != EntryEnd.Answered)
                throw new InvalidOperationException($"The guest {guest} cannot be launched without a change: {launched.Text}.");
        }
    }

    /// <summary>Starts a machine in place of the one that runs.</summary>
    protected void Restart()
    {
        _machine?.Dispose();
        (_machine, Cpu) = Start();
        Cpu.Timeout = Patience;
        Machines++;
        Target = new(Cpu, Cpu.FreeMemory.Start, new MachineMemory(Cpu));
    }

    /// <summary>Tries a case by itself.</summary>
    protected EntryObservation ObserveAlone(FuzzCase one, TimeSpan patience)
    {
        ArgumentNullException.ThrowIfNull(one);
        try
        {
            Cpu.Timeout = patience;
            var observation = Target.Observe(one);
            Cpu.Timeout = Patience;
            return observation;
        }
        catch (RingZeroException lost)
        {
            var isSilent = IsSilent(lost);
            var held = new Dictionary<VmcsField, ulong>(one.Fields);
            Restart();
            return new(
                isSilent ? EntryEnd.NoExit : EntryEnd.Broken,
                default,
                isSilent ? "no VM exit" : LastWords(lost),
                held,
                EntryEffects.None
            );
        }
    }

    /// <summary>Whether a machine that was lost still ran, and said nothing.</summary>
    protected virtual bool IsSilent(RingZeroException lost)
    {
        ArgumentNullException.ThrowIfNull(lost);
        return lost.Message.Contains("did not answer", StringComparison.Ordinal);
    }

    private static string LastWords(RingZeroException lost)
    {
        var lines = (lost.MachineOutput ?? lost.Message).Split('\n');
        return (lines.FirstOrDefault(static line => line.Contains("PANIC", StringComparison.Ordinal)) ?? lines[^1]).Trim();
    }
}
