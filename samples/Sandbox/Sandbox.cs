using System;
using VmcsGen.Kvm;

namespace SandboxSample;

/// <summary>Calls the function, each time in a VM of its own that shares the memory of a stopped one until it writes.</summary>
internal sealed class Sandbox : IDisposable
{
    private readonly VmState _state;
    private readonly VmTemplate _template;

    public Sandbox(KvmHost host)
    {
        _state = GuestFunction.Prepare(host);
        _template = new VmTemplate(host, _state);
    }

    /// <summary>Calls the function in a fresh guest.</summary>
    /// <returns>What it answers, and what it found of an earlier call's secret.</returns>
    public (uint Answer, uint Found) Call(byte[] input)
    {
        using var guest = _template.Spawn();
        return Call(guest, input);
    }

    /// <summary>A guest for several calls.</summary>
    public SpawnedVm Spawn() => _template.Spawn();

    /// <summary>Calls the function in a guest that may have been called before.</summary>
    public static (uint Answer, uint Found) Call(SpawnedVm guest, byte[] input)
    {
        guest.Vm.Memory.Write(GuestFunction.InputAddress, input);
        guest.Vcpu.TryCompleteExit(out _);
        guest.Vcpu.GetRegs(out var regs);
        guest.Vcpu.SetRegs(regs with { Rsi = GuestFunction.InputAddress, Rcx = (ulong)input.Length });
        var found = RunToOut(guest.Vcpu, GuestFunction.FoundPort);
        return (RunToOut(guest.Vcpu, GuestFunction.AnswerPort), found);
    }

    /// <summary>Whether bytes of a caller's are in the memory that all calls begin with.</summary>
    public bool Leaks(ReadOnlySpan<byte> secret)
    {
        var memory = new byte[GuestFunction.MemorySize];
        _state.Slots[0].Memory.Read(0, memory);
        return memory.AsSpan().IndexOf(secret) >= 0;
    }

    public void Dispose()
    {
        _template.Dispose();
        _state.Dispose();
    }

    private static uint RunToOut(KvmVcpu vcpu, ushort port)
    {
        var exit = vcpu.Run();
        while (exit.Reason == KvmExitReason.Intr)
            exit = vcpu.Run();
        if (exit.Reason != KvmExitReason.Io || exit.Io.Port != port)
            throw new InvalidOperationException($"The function did something that it may not: {exit.ToString()}");
        return exit.Io.Value;
    }
}
