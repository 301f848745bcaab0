using System;
using System.Threading;
using VmcsGen.Kvm;

namespace VmcsGen.Vmx;

/// <summary>
/// A KVM guest whose firmware is the ring-0 agent. Where the host offers nested virtualization its processor has VMX, what it does
/// is KVM's emulation of VMX, and <see cref="KvmVcpu.GetNestedState()"/> gives the <c>vmcs12</c> that it works on. Elsewhere VMX
/// instructions raise #UD, as they do on a processor without VMX.
/// </summary>
public sealed class KvmRingZeroMachine : IDisposable
{
    private const int CpuidEntries = 256;

    private readonly GuestMemory _memory;
    private readonly GuestMemory _rom;
    private readonly SerialPort _serial = new();
    private readonly MachineOutput _output = new();
    private readonly SerialLine _line;
    private readonly Thread _thread;
    private volatile bool _isEnding;

    private KvmRingZeroMachine(KvmHost host, int megabytes)
    {
        _line = new SerialLine(_serial.ToGuest, _serial.FromGuest);
        _memory = GuestMemory.Allocate((ulong)megabytes << 20);
        _rom = GuestMemory.Allocate((ulong)AgentRom.Bytes.Length);
        _rom.Write(0, AgentRom.Bytes);
        Vm = host.CreateVm();
        Vm.MapMemory(0, _memory);
        Vm.MapMemory(AgentRom.Address, _rom);
        Vcpu = Vm.CreateVcpu(0);
        var cpuid = new KvmBuffer<KvmCpuid2, KvmCpuidEntry2>(CpuidEntries);
        host.GetSupportedCpuid(cpuid);
        Vcpu.SetCpuid2(cpuid);
        _thread = new Thread(Run) { IsBackground = true, Name = "ring-0 agent" };
    }

    /// <summary>The processor.</summary>
    public RingZeroCpu Cpu { get; private set; } = null!;

    /// <summary>The VM.</summary>
    public KvmVm Vm { get; }

    /// <summary>
    /// The vCPU. A thread of this machine runs it; other ioctls may be used between calls of <see cref="Cpu"/>, when the agent waits.
    /// </summary>
    public KvmVcpu Vcpu { get; }

    /// <summary>The agent's line, for tests that break it.</summary>
    internal SerialLine Line => _line;

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
        var machine = new KvmRingZeroMachine(host, megabytes);
        try
        {
            machine._thread.Start();
            machine.Cpu = new RingZeroCpu(machine._line, (ulong)megabytes << 20, () => machine._output.ToString());
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
        _serial.ToGuest.End("The machine was disposed of.");
        _serial.FromGuest.End("The machine was disposed of.");
        Vcpu.Kick();
        if (_thread.IsAlive)
            _thread.Join();
        Vcpu.Dispose();
        Vm.Dispose();
        _memory.Dispose();
        _rom.Dispose();
    }

    private void Run()
    {
        try
        {
            while (!_isEnding && Handle(Vcpu.Run()))
            {
            }
        }
        catch (Exception failure) when (failure is KvmException or ObjectDisposedException)
        {
            _output.Add(failure.Message);
        }
        finally
        {
            _serial.FromGuest.End("The agent's vCPU has stopped.");
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
                return true;
            case KvmExitReason.Intr:
                return true;
            default:
                _output.Add(exit.ToString());
                return false;
        }
    }
}
