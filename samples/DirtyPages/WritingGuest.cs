using System;
using System.IO;
using Iced.Intel;
using VmcsGen.Kvm;
using static Iced.Intel.AssemblerRegisters;

namespace DirtyPagesSample;

/// <summary>A guest in real mode that writes a byte to each of some pages, says so at a port, and goes on with others.</summary>
internal sealed class WritingGuest : IDisposable
{
    /// <summary>The pages that it writes before each stop.</summary>
    public static readonly int[][] Writes =
    [
        [2, 3, 5, 7, 11, 13],
        [13, 0, 5],
        [],
    ];

    private const ushort CodeAddress = 0x1000;
    private const ulong WatchedAddress = 0x10000; // 64 KiB, what one segment of real mode reaches.
    private const byte StopPort = 0x10;

    private readonly GuestMemory _code = GuestMemory.Allocate(0x10000);
    private readonly GuestMemory _watched = GuestMemory.Allocate(0x10000);

    public WritingGuest(KvmVm vm)
    {
        vm.MapMemory(0, _code);
        Watched = vm.MapMemory(WatchedAddress, _watched, KvmMemoryRegionFlags.LogDirtyPages);
        _code.Write(CodeAddress, Code());

        Vcpu = vm.CreateVcpu(0);
        Vcpu.GetSregs(out var sregs);
        sregs.Cs.Base = sregs.Cs.Selector = 0;
        Vcpu.SetSregs(sregs);
        Vcpu.SetRegs(new KvmRegs { Rip = CodeAddress, Rflags = 2 });
    }

    /// <summary>The slot whose pages are watched.</summary>
    public MemorySlot Watched { get; }

    public KvmVcpu Vcpu { get; }

    /// <summary>False when the guest has finished.</summary>
    public bool RunToNextStop()
    {
        while (true)
        {
            var exit = Vcpu.Run();
            switch (exit.Reason)
            {
                case KvmExitReason.Io when exit.Io.Port == StopPort:
                    return true;
                case KvmExitReason.Hlt:
                    return false;
                case KvmExitReason.Intr:
                    break;
                default:
                    throw new InvalidOperationException($"The guest did something that was not expected of it: {exit.ToString()}");
            }
        }
    }

    public void Dispose()
    {
        Vcpu.Dispose();
        _watched.Dispose();
        _code.Dispose();
    }

    private static byte[] Code()
    {
        var code = new Assembler(16);
        code.mov(ax, (ushort)(WatchedAddress >> 4));
        code.mov(ds, ax);
        foreach (var pages in Writes)
        {
            foreach (var page in pages)
                code.mov(__byte_ptr[page * GuestMemory.PageSize], 1);
            code.@out(StopPort, al);
        }
        code.hlt();

        using var bytes = new MemoryStream();
        code.Assemble(new StreamCodeWriter(bytes), CodeAddress);
        return bytes.ToArray();
    }
}
