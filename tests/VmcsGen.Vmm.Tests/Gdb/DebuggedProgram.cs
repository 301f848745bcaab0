using System;
using System.IO;
using System.Net;
using VmcsGen.Kvm;
using VmcsGen.Kvm.Tests.Testing;
using VmcsGen.Vmm.Tests.Testing;

namespace VmcsGen.Vmm.Tests.Gdb;

/// <summary>A C program with symbols, run by several vCPUs in 64-bit mode, and a server for debuggers.</summary>
internal sealed class DebuggedProgram : IDisposable
{
    public const byte Port = 0x10;

    private const string Source = """
        struct pair { int first; int second; };
        struct pair pairs[2] = { { 1, 10 }, { 2, 20 } };
        volatile unsigned long counter;
        volatile int mayEnd;
        static void out(unsigned char value) { __asm__ volatile("outb %0, $0x10" : : "a"(value)); }
        int twice(int number) { int result = number * 2; return result; }
        int add(int a, int b) { return a + twice(b); }
        void work(void) { counter = counter + 1; pairs[0].second = add(pairs[0].second, 1); out('w'); }
        void _start(void) { while (!mayEnd) work(); out('e'); for (;;) __asm__ volatile("hlt"); }
        """;

    private readonly TemporaryFolder _folder = new();
    private readonly KvmHost _host = TestHost.Open();
    private readonly KvmVm _vm;
    private readonly PcMemory _memory;
    private readonly ImageFile _file;

    /// <summary>Where the kernel's half of the addresses shows the first GiB too, if it does.</summary>
    public const ulong KernelHalf = 0xFFFF_FFFF_8000_0000;

    public DebuggedProgram(
        int vcpus = 1,
        bool onUnixSocket = false,
        bool stopFirst = true,
        GuestDebugAbilities? abilities = null,
        bool inKernelHalf = false
    )
    {
        Tool.Require("gcc", "gcc");
        Tool.Require("gdb", "gdb");
        File.WriteAllText(_folder.File("guest.c"), Source);
        // What KVM's emulator knows: no vector instructions, no ENDBR.
        string[] options = ["-g", "-O0", "-ffreestanding", "-nostdlib", "-static", "-no-pie", "-fno-pic", "-fcf-protection=none"];
        string[] more =
        [
            "-mgeneral-regs-only",
            "-fno-stack-protector",
            "-fno-asynchronous-unwind-tables",
            "-Wl,-Ttext-segment=0x200000",
            "-Wl,--build-id=none",
        ];
        Tool.Run("gcc", [.. options, .. more, "-o", ElfPath, _folder.File("guest.c")]);

        _vm = _host.CreateVm();
        _memory = new PcMemory(_vm, 16 << 20);
        _file = ImageFile.Open(ElfPath);
        var start = GuestBoot.Prepare(_vm.Memory, ElfImage.Parse(_file), new BootInformation { MemoryMap = _memory.Map });
        Vcpus = new KvmVcpu[vcpus];
        for (var i = 0; i < vcpus; i++)
        {
            Vcpus[i] = _vm.CreateVcpu(i);
            Vcpus[i].SetCpuid2(CpuidBuilder.FromSupported(_host));
            start.ApplyTo(Vcpus[i]);
            Vcpus[i].GetRegs(out var regs);
            var half = inKernelHalf ? KernelHalf : 0;
            Vcpus[i].SetRegs(regs with { Rip = regs.Rip + half, Rsp = half + 0x40_0000 - (ulong)i * 0x1_0000 - 8 });
        }
        if (inKernelHalf)
            MapKernelHalf();
        Threads = new VcpuThreads(Serve, Vcpus);
        Server = new GdbServer(
            Threads,
            _vm.Memory,
            onUnixSocket ? new System.Net.Sockets.UnixDomainSocketEndPoint(_folder.File("gdb")) : new IPEndPoint(IPAddress.Loopback, 0),
            abilities
        );
        Server.Start(stopFirst);
        Threads.Start();
    }

    public string ElfPath => _folder.File("guest.elf");

    public string CorePath => _folder.File("core");

    public KvmVcpu[] Vcpus { get; }

    public KvmVm Vm => _vm;

    public VcpuThreads Threads { get; }

    public GdbServer Server { get; }

    public string Target => Server.LocalEndPoint is IPEndPoint ip ? $"127.0.0.1:{ip.Port}" : Server.LocalEndPoint.ToString()!;

    public int Writes { get; private set; }

    /// <summary>Has gdb execute commands and gives its output.</summary>
    public string Debug(params string[] commands)
    {
        string[] arguments = ["-nx", "-batch", "-iex", "set debuginfod enabled off", "-ex", $"target remote {Target}"];
        foreach (var command in commands)
            arguments = [.. arguments, "-ex", command];
        return Tool.Run("timeout", [$"{TestHost.Many(120, emulated: 600)}", "gdb", .. arguments, ElfPath]);
    }

    public void Dispose()
    {
        Server.Dispose();
        Threads.Dispose();
        foreach (var vcpu in Vcpus)
            vcpu.Dispose();
        _vm.Dispose();
        _memory.Dispose();
        _file.Dispose();
        _host.Dispose();
        _folder.Dispose();
    }

    // The last entry of the first table leads to the same second table, and the last but one of that to the first GiB.
    private void MapKernelHalf()
    {
        Vcpus[0].GetSregs(out var sregs);
        var second = _vm.Memory.Read<ulong>(sregs.Cr3);
        _vm.Memory.Write(sregs.Cr3 + 511 * sizeof(ulong), second);
        second &= ~0xFFFUL;
        _vm.Memory.Write(second + 510 * sizeof(ulong), _vm.Memory.Read<ulong>(second));
    }

    private VcpuNext Serve(KvmVcpu vcpu, KvmExit exit)
    {
        if (Server.Serve(vcpu, exit))
            return VcpuNext.Run;
        if (exit.Reason == KvmExitReason.Hlt)
            return VcpuNext.Stop;
        if (exit.Reason != KvmExitReason.Io)
            throw new InvalidOperationException(exit.ToString());
        Writes++;
        return VcpuNext.Run;
    }
}
