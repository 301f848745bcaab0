using System;
using VmcsGen.Kvm;

namespace VmcsGen.SideBySide;

/// <summary>A VM with one vCPU, in the same state as that of machine.h.</summary>
internal sealed class Machine
{
    public const ushort WorkPort = 0x10;
    public const ushort EndPort = 0x11;
    public const ulong WindowAddress = 0x4000_0000;
    public const ulong WindowSize = 0x4000_0000;
    public const ulong CodeAddress = 0x8000;
    public const ulong HandlerAddress = 0x9000;

    private const ulong Pml4 = 0x1000;
    private const ulong Pdpt = 0x2000;
    private const ulong LowDirectory = 0x3000;
    private const ulong WindowDirectory = 0x4000;
    private const ulong StackAddress = 0xF000;
    private const ulong TaskState = 0x1_0000;
    private const ushort TaskStateSize = 0x68;
    private const uint PortBitmapSize = 0x2000;
    private const ulong LargePage = GuestMemory.HugePageSize;

    public Machine(Action<KvmVm>? prepare = null)
    {
        Vm = Host.CreateVm();
        prepare?.Invoke(Vm);
        Memory = GuestMemory.Allocate(LargePage);
        Vm.MapMemory(0, Memory);
        Vcpu = Vm.CreateVcpu(0);
    }

    public static KvmHost Host { get; } = KvmHost.Open();

    public KvmVm Vm { get; }

    public KvmVcpu Vcpu { get; }

    public GuestMemory Memory { get; }

    /// <summary>A guest in 64-bit mode.</summary>
    public static Machine Create(string guest, byte cpl, uint loops = 0, Action<KvmVm>? prepare = null)
    {
        var machine = new Machine(prepare);
        machine.Memory.Write(CodeAddress, SharedText.Guest(guest));
        machine.EnterLongMode(cpl, loops);
        return machine;
    }

    /// <summary>Real mode from address 0 on.</summary>
    public static void EnterRealMode(KvmVcpu vcpu)
    {
        vcpu.GetSregs(out var sregs);
        sregs.Cs.Base = 0;
        sregs.Cs.Selector = 0;
        vcpu.SetSregs(sregs);
        vcpu.SetRegs(
            new KvmRegs
            {
                Rip = CodeAddress,
                Rsp = StackAddress,
                Rflags = 2,
            }
        );
    }

    /// <summary>KVM_RUN; a signal is not a reason to stop.</summary>
    public KvmExit Run()
    {
        KvmExit exit;
        do exit = Vcpu.Run();
        while (exit.Reason == KvmExitReason.Intr);
        return exit;
    }

    public uint RunToPort(ushort port)
    {
        var exit = Run();
        if (exit.Reason != KvmExitReason.Io)
            throw Unexpected(exit);
        var io = exit.Io;
        if (io.Direction != KvmIoDirection.Out || io.Port != port)
            throw Unexpected(exit);
        return io.Value;
    }

    public static InvalidOperationException Unexpected(KvmExit exit) => new($"Unexpected exit: {exit.ToString()}");

    private void EnterLongMode(byte cpl, uint loops)
    {
        Memory.Write(Pml4, Pdpt | 7);
        Memory.Write(Pdpt, LowDirectory | 7);
        Memory.Write(Pdpt + 8, WindowDirectory | 7);
        Memory.Write(LowDirectory, 0x87ul);
        for (var entry = 0ul; entry < 512; entry++)
            Memory.Write(WindowDirectory + 8 * entry, (WindowAddress + entry * LargePage) | 0x87);
        Memory.Write(TaskState + 0x60, (ulong)TaskStateSize << 48);
        Memory.Write(TaskState + TaskStateSize + PortBitmapSize, (byte)0xFF);

        var cpuid = new KvmBuffer<KvmCpuid2, KvmCpuidEntry2>(256);
        Host.GetSupportedCpuid(cpuid);
        Vcpu.SetCpuid2(cpuid);

        var isUser = cpl == 3;
        var data = new KvmSegment
        {
            Limit = 0xFFFF_FFFF,
            Selector = (ushort)(isUser ? 0x2B : 0x10),
            Type = 0x3,
            Present = 1,
            Dpl = cpl,
            S = 1,
            G = 1,
            Db = 1,
        };
        Vcpu.GetSregs(out var sregs);
        sregs.Cr0 = 0x8005_0033;
        sregs.Cr3 = Pml4;
        sregs.Cr4 = 0x4_0620;
        sregs.Efer = 0x500;
        sregs.Cs = data with { Selector = (ushort)(isUser ? 0x33 : 0x08), Type = 0xB, L = 1, Db = 0 };
        sregs.Ss = sregs.Ds = sregs.Es = sregs.Fs = sregs.Gs = data;
        sregs.Tr = new KvmSegment
        {
            Base = TaskState,
            Limit = TaskStateSize + PortBitmapSize,
            Selector = 0x38,
            Type = 0xB,
            Present = 1,
        };
        Vcpu.SetSregs(sregs);

        Vcpu.GetXcrs(out var xcrs);
        xcrs.Xcrs[0].Value = 7;
        Vcpu.SetXcrs(xcrs);

        Vcpu.SetRegs(
            new KvmRegs
            {
                Rip = CodeAddress,
                Rsp = StackAddress,
                Rflags = isUser ? 0x3002u : 2u,
                Rdx = WorkPort,
                Rbx = WindowAddress,
                Rsi = WindowAddress,
                Rcx = loops,
                Rdi = loops,
                Rbp = LargePage,
            }
        );
    }
}
