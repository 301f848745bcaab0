using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using VmcsGen.Kvm;

namespace KernelVms;

/// <summary>VMs to be found in a dump: what KVM's interface says of them is what the dump has to say.</summary>
internal static class LabGuests
{
    private const int MemorySize = 0x4000;
    private const ushort Code = 0x1000;

    // Real-mode code, and where it gets to.
    private static readonly byte[] s_out = [0xE6, 0x2A, 0xF4]; // out 2Ah, al
    private static readonly byte[] s_store = [0xA2, 0x00, 0x50, 0xF4]; // mov [5000h], al: there is no memory
    private static readonly byte[] s_halt = [0x90, 0xF4]; // nop; hlt
    private static readonly byte[] s_loop = [0xFE, 0x06, 0x00, 0x08, 0xEB, 0xFE]; // inc byte [800h]; jmp $
    private const ulong Begun = 0x800;

    /// <summary>Makes them, says what KVM says, and asks the lab for a dump, while one of them runs.</summary>
    public static int Make(TextWriter output)
    {
        using var host = KvmHost.Open();
        using var first = new LabVm(host, s_out, s_halt);
        using var second = new LabVm(host, s_store);
        using var running = new LabVm(host, s_loop);
        using var ended = new CancellationTokenSource();
        var thread = new Thread(() => running.Vcpus[0].Run(ended.Token)) { IsBackground = true };
        Tell(running);
        thread.Start();
        while (running.Memory.Read<byte>(Begun) == 0)
            Thread.Yield();
        foreach (var vm in new[] { second, first })
        {
            foreach (var vcpu in vm.Vcpus)
                _ = vcpu.Run();
            Tell(vm);
        }
        var symbol = File.ReadLines("/proc/kallsyms").First(static line => line.Contains(" vm_list\t", StringComparison.Ordinal));
        output.WriteLine($"vm_list is at {symbol.Split(' ')[0]}");
        // The lab's sign, upon which it takes the memory and ends the machine.
        output.WriteLine("\u001elab dump");
        output.Flush();
        Thread.Sleep(TimeSpan.FromMinutes(5));
        output.WriteLine("Nobody took a dump.");
        return 1;

        // In the words of a dump's report, newest first as there.
        void Tell(LabVm vm)
        {
            output.WriteLine($"VM of thread {Environment.ProcessId}, {vm.Vcpus.Count} vCPUs");
            foreach (var vcpu in vm.Vcpus)
            {
                vcpu.GetRegs(out var registers);
                output.WriteLine(new VcpuState(vcpu.Id, VcpuState.Exit(in vcpu.RunPage), registers));
            }
        }
    }

    private sealed class LabVm : IDisposable
    {
        private readonly KvmVm _vm;

        public LabVm(KvmHost host, params byte[][] programs)
        {
            _vm = host.CreateVm();
            _vm.MapMemory(0, Memory);
            Vcpus = [.. programs.Select(Vcpu)];
        }

        public GuestMemory Memory { get; } = GuestMemory.Allocate(MemorySize);

        public List<KvmVcpu> Vcpus { get; }

        public void Dispose()
        {
            foreach (var vcpu in Vcpus)
                vcpu.Dispose();
            _vm.Dispose();
            Memory.Dispose();
        }

        private KvmVcpu Vcpu(byte[] program, int id)
        {
            var start = (ushort)(Code + (id * 0x100));
            Memory.Write(start, program);
            var vcpu = _vm.CreateVcpu(id);
            vcpu.StartInRealMode(cs: 0, ip: start, sp: 0x1000);
            vcpu.GetRegs(out var regs);
            // Told apart from each other, and from what else lies in memory.
            var mark = (ulong)(0x1001 + start + program[0]) << 32;
            (regs.Rax, regs.Rbx, regs.Rcx, regs.Rdx, regs.Rsi, regs.Rdi) = (mark + 1, mark + 2, mark + 3, mark + 4, mark + 5, mark + 6);
            (regs.R8, regs.R9, regs.R10, regs.R11) = (mark + 8, mark + 9, mark + 10, mark + 11);
            (regs.R12, regs.R13, regs.R14, regs.R15) = (mark + 12, mark + 13, mark + 14, mark + 15);
            vcpu.SetRegs(regs);
            return vcpu;
        }
    }
}
