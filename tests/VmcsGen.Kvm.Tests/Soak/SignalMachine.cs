using System;
using System.IO;
using System.Threading;
using Iced.Intel;
using VmcsGen.Kvm.Tests.Interrupts;
using VmcsGen.Kvm.Tests.Testing;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Soak;

/// <summary>
/// A VM with two vCPUs, each of which has two lanes and does nothing but take interrupts and ring doorbells. A lane has an
/// interrupt message of its own; its doorbell is a value written to a port or an address that all lanes share.
/// </summary>
internal sealed class SignalMachine : IDisposable
{
    public const int Vcpus = 2;
    public const int LanesPerVcpu = 2;
    public const int Lanes = Vcpus * LanesPerVcpu;

    private const ushort DoorbellPort = 0x500;
    private const ulong DoorbellAddress = Guest.RealModeWindow;
    private const ulong StopFlag = Guest.DataAddress + 0x800;
    private const ulong Handlers = 0x9000;
    private const byte FirstVector = 0x40;
    private const uint FirstGsi = 24;

    private readonly GuestMemory _memory = GuestMemory.Allocate(0x1_0000);
    private readonly KvmVm _vm;
    private readonly KvmVcpu[] _vcpus = new KvmVcpu[Vcpus];
    private readonly Thread[] _threads = new Thread[Vcpus];
    private volatile bool _isStopped;

    public SignalMachine(KvmHost host)
    {
        _vm = host.CreateVm();
        _vm.MapMemory(0, _memory);
        _vm.CreateIrqchip();
        var routing = GsiRouting.CreatePc();
        for (var lane = 0; lane < Lanes; lane++)
        {
            Place(Handler(lane), code => WriteHandler(code, lane));
            _memory.Write(VectorOf(lane) * 4u, (uint)Handler(lane));
            routing.AddMsi(GsiOf(lane), MsiMessage.Create(ApicDestination.Physical((uint)(lane / LanesPerVcpu)), VectorOf(lane)));
        }
        _vm.SetGsiRouting(routing);
        Place(
            Guest.CodeAddress,
            static code =>
            {
                var loop = code.CreateLabel();
                code.sti();
                code.Label(ref loop);
                code.hlt();
                code.jmp(loop);
            }
        );
        for (var id = 0; id < Vcpus; id++)
        {
            var vcpu = _vcpus[id] = _vm.CreateVcpu(id);
            ProcessorState.Enter(GuestMode.Real, host, vcpu, _memory);
            vcpu.EnableLocalApic();
            vcpu.SetRegs(
                new KvmRegs
                {
                    Rip = Guest.CodeAddress,
                    Rsp = Guest.StackTop - 0x800ul * (ulong)id,
                    Rflags = TestHost.FirstRflags,
                }
            );
            vcpu.SetMpState(new KvmMpState { MpState = KvmMultiprocessingState.Runnable });
        }
    }

    /// <summary>What went wrong on a vCPU's thread.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Connects a lane: the eventfd that raises its interrupt, and the one that its doorbell signals.</summary>
    public SignalLane Connect(int lane, Eventfd interrupt, Eventfd doorbell) =>
        new(
            _vm,
            lane,
            _vm.BindIrqfd(GsiOf(lane), interrupt),
            IsPort(lane)
                ? _vm.BindPortIoeventfd(DoorbellPort, sizeof(uint), (ulong)lane, doorbell)
                : _vm.BindIoeventfd(DoorbellAddress, sizeof(uint), (ulong)lane, doorbell)
        );

    public void Start()
    {
        for (var id = 0; id < Vcpus; id++)
        {
            var vcpu = _vcpus[id];
            _threads[id] = new Thread(() => RunVcpu(vcpu), 256 * 1024) { IsBackground = true };
            _threads[id].Start();
        }
    }

    /// <summary>Has every handler keep the token that it gets next.</summary>
    public void KeepTokens() => _memory.Write(StopFlag, (byte)1);

    public void Dispose()
    {
        _isStopped = true;
        foreach (var vcpu in _vcpus)
            vcpu.Kick();
        foreach (var thread in _threads)
            thread?.Join();
        foreach (var vcpu in _vcpus)
            vcpu.Dispose();
        _vm.Dispose();
        _memory.Dispose();
    }

    private static byte VectorOf(int lane) => (byte)(FirstVector + lane);

    private static uint GsiOf(int lane) => FirstGsi + (uint)lane;

    private static ulong Handler(int lane) => Handlers + 0x100ul * (ulong)lane;

    private static bool IsPort(int lane) => lane % LanesPerVcpu == 0;

    private static void WriteHandler(Assembler code, int lane)
    {
        var keep = code.CreateLabel();
        var done = code.CreateLabel();
        code.push(eax);
        code.push(dx);
        code.inc(__dword_ptr[SignalLane.ReceivedAddress(lane)]);
        code.WriteEndOfInterrupt();
        code.cmp(__byte_ptr[StopFlag], 0);
        code.jne(keep);
        code.inc(__dword_ptr[SignalLane.SentAddress(lane)]);
        code.mov(eax, lane);
        if (IsPort(lane))
        {
            code.mov(dx, DoorbellPort);
            code.@out(dx, eax);
        }
        else
        {
            code.mov(__dword_ptr.fs[0], eax);
        }
        code.jmp(done);
        code.Label(ref keep);
        code.inc(__dword_ptr[SignalLane.KeptAddress(lane)]);
        code.Label(ref done);
        code.pop(dx);
        code.pop(eax);
        code.iret();
    }

    private void Place(ulong address, Action<Assembler> write)
    {
        var code = new Assembler(16);
        write(code);
        using var stream = new MemoryStream();
        code.Assemble(new StreamCodeWriter(stream), address);
        _memory.Write(address, stream.ToArray());
    }

    private void RunVcpu(KvmVcpu vcpu)
    {
        try
        {
            while (!_isStopped)
            {
                var exit = vcpu.Run();
                if (exit.Reason != KvmExitReason.Intr)
                    throw new InvalidOperationException($"vCPU {vcpu.Id} left the guest: {exit.ToString()}");
            }
        }
        catch (Exception failure) when (failure is not null)
        {
            Failure = failure;
        }
    }
}
