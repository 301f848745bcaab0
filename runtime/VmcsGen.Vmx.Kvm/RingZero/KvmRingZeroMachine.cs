using System;
using System.Threading;
using VmcsGen.Kvm;
using VmcsGen.Vmx.RingZero;

namespace VmcsGen.Vmx.Kvm;

/// <summary>
/// A KVM guest whose firmware is the ring-0 agent. Where the host offers nested virtualization its processor has VMX, what it does
/// is KVM's emulation of VMX, and <see cref="KvmVcpu.GetNestedState()"/> gives the <c>vmcs12</c> that it works on. Elsewhere VMX
/// instructions raise #UD, as they do on a processor without VMX.
/// </summary>
[MustDispose]
public sealed class KvmRingZeroMachine : IDisposable
{
    private const int CpuidEntries = 256;

    private readonly SerialPort _serial = new();
    private readonly MachineOutput _output = new();
    private readonly Thread _thread;
    private volatile bool _isEnding;
    private bool _hasFailedEmulation;

    private KvmRingZeroMachine()
    {
        Line = new SerialLine(_serial.ToGuest, _serial.FromGuest);
        _thread = new Thread(Run) { IsBackground = true, Name = "ring-0 agent" };
    }

    /// <summary>The processor.</summary>
    public RingZeroCpu Cpu { get; private set; } = null!;

    /// <summary>The VM.</summary>
    public KvmVm Vm { get; private set; } = null!;

    /// <summary>
    /// The vCPU. A thread of this machine runs it; other ioctls may be used between calls of <see cref="Cpu"/>, when the agent waits.
    /// </summary>
    public KvmVcpu Vcpu { get; private set; } = null!;

    /// <summary>The agent's line, for tests that break it.</summary>
    internal SerialLine Line { get; }

    /// <summary>Starts a machine.</summary>
    /// <param name="host">KVM. It may be disposed of while the machine lives.</param>
    /// <param name="megabytes">Memory, 2 to 2048.</param>
    /// <exception cref="KvmException">The VM could not be created.</exception>
    /// <exception cref="RingZeroException">The agent does not start.</exception>
    public static KvmRingZeroMachine Start(KvmHost host, int megabytes = 32)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentOutOfRangeException.ThrowIfLessThan(megabytes, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(megabytes, 2048);
        var machine = new KvmRingZeroMachine();
        try
        {
            machine.Create(host, (ulong)megabytes << 20);
            machine._thread.Start();
            machine.Cpu = new RingZeroCpu(machine.Line, (ulong)megabytes << 20, () => machine._output.ToString());
            return machine;
        }
        catch
        {
            machine.Dispose();
            throw;
        }
    }

    /// <summary>Ends the VM.</summary>
    public void Dispose()
    {
        if (_isEnding)
            return;
        _isEnding = true;
        _serial.ToGuest.End();
        _serial.FromGuest.End();
        Vcpu?.Kick();
        if (_thread.IsAlive)
            _thread.Join();
        Vcpu?.Dispose();
        Vm?.Dispose();
    }

    // The VM keeps the memory that it maps.
    private void Create(KvmHost host, ulong memorySize)
    {
        using var memory = GuestMemory.Allocate(memorySize);
        using var rom = GuestMemory.Allocate((ulong)AgentRom.Bytes.Length);
        rom.Write(0, AgentRom.Bytes);
        Vm = host.CreateVm();
        Vm.MapMemory(0, memory);
        Vm.MapMemory(AgentRom.Address, rom);
        Vcpu = Vm.CreateVcpu(0);
        var cpuid = new KvmBuffer<KvmCpuid2, KvmCpuidEntry2>(CpuidEntries);
        host.GetSupportedCpuid(cpuid);
        Vcpu.SetCpuid2(cpuid);
    }

    private void Run()
    {
        try
        {
            while (!_isEnding && Handle(Vcpu.Run())) { }
        }
        catch (Exception failure) when (failure is KvmException or ObjectDisposedException)
        {
            _output.Add(failure.Message);
        }
        finally
        {
            _serial.FromGuest.End();
        }
    }

    // Whether the guest can go on.
    private bool Handle(KvmExit exit)
    {
        switch (exit.Reason)
        {
            case KvmExitReason.Io when exit.Io is { Size: 1, Port: >= SerialPort.FirstPort and <= SerialPort.LastPort }:
                if (exit.Io.Direction == KvmIoDirection.In)
                    exit.Io.Answer(_serial.In(exit.Io.Port));
                else
                    _serial.Out(exit.Io.Port, (byte)exit.Io.Value);
                _hasFailedEmulation = false;
                return true;
            case KvmExitReason.Intr:
                return true;
            case KvmExitReason.InternalError when exit.InternalError.SubError == KvmInternalError.Emulation && !_hasFailedEmulation:
                _hasFailedEmulation = true;
                InjectInvalidOpcode();
                return true;
            default:
                _output.Add(exit.ToString());
                return false;
        }
    }

    // Some KVMs give up on VMX instructions at CPL 0 instead of raising #UD, as a processor does for what it does not have.
    private void InjectInvalidOpcode()
    {
        Vcpu.GetVcpuEvents(out var events);
        events.Exception.Injected = 1;
        events.Exception.Nr = (byte)ExceptionVector.InvalidOpcode;
        events.Exception.HasErrorCode = 0;
        Vcpu.SetVcpuEvents(events);
    }
}
