using System;
using System.IO;
using System.Threading;
using Iced.Intel;
using Xunit;

namespace VmcsGen.Kvm.Tests.Testing;

/// <summary>
/// A VM with one vCPU that is about to execute given code in a given mode. It sees memory from address 0 and, by its FS
/// segment, a window without memory.
/// </summary>
internal sealed class Guest : IDisposable
{
    /// <summary>Where the code lies.</summary>
    public const ulong CodeAddress = 0x8000;

    /// <summary>Where guests keep data; 4 KiB are free here.</summary>
    public const ulong DataAddress = 0x7000;

    /// <summary>Where the stack begins.</summary>
    public const ulong StackTop = 0xF000;

    /// <summary>Guest physical address of the window in real mode.</summary>
    public const ulong RealModeWindow = 0xB_8000;

    /// <summary>Guest physical, and linear, address of the window in the other modes.</summary>
    public const ulong FlatWindow = 0x4000_0000;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(TestHost.Many(30, 180));

    private readonly Timer _patience;
    private volatile bool _isOverdue;

    private Guest(GuestMode mode, KvmHost host)
    {
        // The timer must not keep a guest that is forgotten.
        var reference = new WeakReference<Guest>(this);
        _patience = new Timer(static guest => Expire((WeakReference<Guest>)guest!), reference, s_patience, Timeout.InfiniteTimeSpan);
        Mode = mode;
        Host = host;
        Vm = host.CreateVm();
        Memory = GuestMemory.Allocate(mode == GuestMode.Real ? 0x1_0000u : 0x20_0000u);
        Slot = Vm.MapMemory(0, Memory);
    }

    public GuestMode Mode { get; }

    public KvmHost Host { get; }

    public KvmVm Vm { get; }

    public GuestMemory Memory { get; }

    public MemorySlot Slot { get; }

    public KvmVcpu Vcpu { get; private set; } = null!;

    /// <summary>Where the code ends.</summary>
    public ulong CodeEnd { get; private set; }

    /// <summary>Whether the guest was kicked because it runs for so long that it may never exit.</summary>
    public bool IsOverdue => _isOverdue;

    /// <summary>Guest physical address of the window.</summary>
    public ulong Window => Mode == GuestMode.Real ? RealModeWindow : FlatWindow;

    /// <param name="mode">The processor mode.</param>
    /// <param name="write">Writes the code.</param>
    /// <param name="prepare">What is to be done with the VM before it has a vCPU.</param>
    /// <param name="required">Capabilities without which the test is skipped.</param>
    public static Guest Create(
        GuestMode mode,
        Action<Assembler> write,
        Action<KvmVm>? prepare = null,
        params ReadOnlySpan<KvmCapability> required
    )
    {
        var guest = new Guest(mode, TestHost.Open(required));
        prepare?.Invoke(guest.Vm);
        guest.Vcpu = guest.Vm.CreateVcpu(0);
        ProcessorState.Enter(mode, guest.Host, guest.Vcpu, guest.Memory);
        guest.CodeEnd = guest.Place(CodeAddress, write);
        guest.Restart();
        return guest;
    }

    /// <summary>Writes code somewhere else too, for example a handler, and returns where it ends.</summary>
    public ulong Place(ulong address, Action<Assembler> write)
    {
        var code = new Assembler(
            Mode switch
            {
                GuestMode.Real => 16,
                GuestMode.Protected => 32,
                _ => 64,
            }
        );
        write(code);
        using var stream = new MemoryStream();
        code.Assemble(new StreamCodeWriter(stream), address);
        Memory.Write(address, stream.ToArray());
        return address + (ulong)stream.Length;
    }

    /// <summary>Real mode: makes an exception or interrupt go to an address.</summary>
    public void SetVector(byte vector, ulong handler) => Memory.Write(vector * 4u, (uint)handler);

    /// <summary>Waits until a guest that counts is seen to do so: from then on its thread is in KVM_RUN.</summary>
    public void AwaitCounting()
    {
        var before = Memory.Read<uint>(DataAddress);
        Worker.Await(() => Memory.Read<uint>(DataAddress) != before);
    }

    /// <summary>Begins anew to wait for the guest, in tests that run it for long.</summary>
    public void RenewPatience() => _patience.Change(s_patience, Timeout.InfiniteTimeSpan);

    /// <summary>Lets the guest begin at its first instruction, with these registers.</summary>
    public void Restart(KvmRegs regs = default)
    {
        regs.Rip = CodeAddress;
        regs.Rsp = StackTop;
        regs.Rflags = TestHost.FirstRflags | (Mode == GuestMode.LongUser ? 0x3000u : 0);
        Vcpu.SetRegs(regs);
    }

    /// <summary>
    /// Runs until an exit that the guest caused: other signals than a test's own may interrupt a thread at any time. A guest
    /// that never exits fails the test.
    /// </summary>
    public KvmExit Run()
    {
        while (true)
        {
            var exit = Vcpu.Run();
            if (exit.Reason != KvmExitReason.Intr)
                return exit;
            if (_isOverdue)
                Assert.Fail("The guest does not exit.");
        }
    }

    /// <summary>Runs until a kick that comes in a moment.</summary>
    /// <returns>False if the guest came to an exit before.</returns>
    public bool RunALittle()
    {
        var kicker = new Worker(() =>
        {
            BusyWait.For(TimeSpan.FromMicroseconds(40));
            Vcpu.Kick();
        });
        var isStopped = Vcpu.Run().Reason == KvmExitReason.Intr;
        kicker.Finish();
        return isStopped;
    }

    /// <summary>Runs to OUT to a port and returns its value; any other exit fails the test.</summary>
    public uint RunToOut(ushort port)
    {
        var io = RunToIo(KvmIoDirection.Out, port);
        return io.Value;
    }

    /// <summary>Runs to IN from a port and answers it; any other exit fails the test.</summary>
    public void RunToIn(ushort port, uint answer) => RunToIo(KvmIoDirection.In, port).Answer(answer);

    /// <summary>Runs to a reason; any other exit fails the test.</summary>
    public KvmExit RunTo(KvmExitReason reason)
    {
        var exit = Run();
        Assert.True(exit.Reason == reason, $"The guest was expected to exit with {reason}: {exit.ToString()}");
        return exit;
    }

    public void Dispose()
    {
        _patience.Dispose();
        Vcpu?.Dispose();
        Vm.Dispose();
        Memory.Dispose();
        Host.Dispose();
    }

    private static void Expire(WeakReference<Guest> reference)
    {
        if (!reference.TryGetTarget(out var guest))
            return;
        guest._isOverdue = true;
        guest.Vcpu?.Kick();
    }

    private KvmIoExit RunToIo(KvmIoDirection direction, ushort port)
    {
        var exit = RunTo(KvmExitReason.Io);
        var io = exit.Io;
        Assert.True(io.Direction == direction && io.Port == port, $"Expected {direction}, port 0x{port:X}: {exit.ToString()}");
        return io;
    }
}
