using System;
using System.IO;
using Iced.Intel;
using VmcsGen.Kvm;
using VmcsGen.Kvm.Tests.Testing;

namespace VmcsGen.Vmm.Tests.Testing;

/// <summary>A VM with some vCPUs in real mode that execute the same code, each with its number in BX.</summary>
internal sealed class SmallGuest : IDisposable
{
    public const ushort Code = 0x8000;

    private readonly GuestMemory _memory = GuestMemory.Allocate(0x1_0000);

    public SmallGuest(int vcpus, Action<Assembler> write)
    {
        Host = TestHost.Open();
        Vm = Host.CreateVm();
        Vm.MapMemory(0, _memory);
        _memory.Write(Code, Assemble(16, Code, write));
        Vcpus = new KvmVcpu[vcpus];
        for (var i = 0; i < vcpus; i++)
        {
            Vcpus[i] = Vm.CreateVcpu(i);
            Vcpus[i].StartInRealMode(0, Code, (ushort)(0x7000 - 0x100 * i));
            Vcpus[i].GetRegs(out var regs);
            Vcpus[i].SetRegs(regs with { Rbx = (ulong)i });
        }
    }

    public KvmHost Host { get; }

    public KvmVm Vm { get; }

    public KvmVcpu[] Vcpus { get; }

    public GuestMemory Memory => _memory;

    public void Dispose()
    {
        foreach (var vcpu in Vcpus)
            vcpu.Dispose();
        Vm.Dispose();
        _memory.Dispose();
        Host.Dispose();
    }

    public static byte[] Assemble(int bits, ulong address, Action<Assembler> write)
    {
        Assembler code = new(bits);
        write(code);
        using MemoryStream stream = new();
        code.Assemble(new StreamCodeWriter(stream), address);
        return stream.ToArray();
    }
}
