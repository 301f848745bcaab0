using System;
using System.Threading;
using Iced.Intel;
using VmcsGen.Kvm;
using VmcsGen.Kvm.Tests.Testing;
using VmcsGen.Vmm.Tests.Testing;

namespace VmcsGen.Vmm.Tests.Virtio;

/// <summary>A machine with one device whose guest drives it, after a test has set it up.</summary>
internal sealed class RingingMachine : IDisposable
{
    public const uint Registers = 0xD000_0000;
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private const ulong Address = 0x20_0000;

    private readonly KvmHost _host = TestHost.Open();

    public RingingMachine(VirtioDevice device, Action<Assembler> write)
        : this(machine => machine.AddVirtio(device), write)
    {
        if (device is EchoDevice echo)
            echo.Loop = Machine.Loop;
    }

    /// <param name="add">Adds the device.</param>
    /// <param name="write">Writes the guest.</param>
    public RingingMachine(Func<PcMachine, VirtioMmioTransport> add, Action<Assembler> write)
    {
        Machine = new(_host, new() { MemorySize = TestDriver.MemorySize });
        Driver = new(Machine, add(Machine));
        var code = SmallGuest.Assemble(64, Address, write);
        Machine.Load(new FlatImage(ImageFile.FromMemory("guest", code), Address, BootProtocol.LongMode));
    }

    /// <summary>How a guest ends that has done everything.</summary>
    public static MachineEnd Done { get; } = new(MachineEndReason.DebugExit, 1);

    public PcMachine Machine { get; }

    public TestDriver Driver { get; }

    /// <summary>Starts the guest, with room for four bytes in descriptor 0.</summary>
    public void Start()
    {
        Driver.Begin();
        Driver.Describe(0, TestDriver.Data, 4, 2);
        Machine.Start();
    }

    /// <summary>Waits for the machine's end, which must come.</summary>
    public MachineEnd Wait()
    {
        using CancellationTokenSource patience = new(Patience);
        return Machine.Wait(patience.Token);
    }

    public void Dispose()
    {
        Driver.Dispose();
        Machine.Dispose();
        _host.Dispose();
    }
}
