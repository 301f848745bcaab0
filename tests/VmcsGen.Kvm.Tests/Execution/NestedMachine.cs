using System;
using System.IO;
using Iced.Intel;
using VmcsGen.Kvm.Tests.Testing;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Creation;
using VmcsGen.Vmx.Kvm;
using VmcsGen.Vmx.Software;
using Xunit;

namespace VmcsGen.Kvm.Tests.Execution;

/// <summary>A software processor over real memory whose guests run on KVM, and one guest that sees 2 MiB of it elsewhere.</summary>
internal sealed class NestedMachine : IDisposable
{
    /// <summary>Where the guest's code lies, guest-physical and linear.</summary>
    public const ulong Code = 0x8000;

    /// <summary>Where the stack begins.</summary>
    public const ulong Stack = 0xF000;

    /// <summary>4 KiB for data.</summary>
    public const ulong Data = 0x7000;

    /// <summary>Bytes that EPT maps for the guest from 0 on.</summary>
    public const ulong GuestSize = 0x20_0000;

    /// <summary>Where they are in physical memory.</summary>
    public const ulong GuestStart = 0x40_0000;

    private const ulong Pages = 0x10_0000;
    private const ulong MemorySize = 0x80_0000;
    private const ulong Pml4 = 0x1000;
    private const ulong Pdpt = 0x2000;
    private const ulong LowDirectory = 0x3000;
    private const ulong WindowDirectory = 0x4000;
    private const ulong PageDirectory = 0x5000;
    private const ulong LargePage = 0x83;
    private const ulong Table = 0x3;

    private readonly KvmHost _host = TestHost.Open();

    public NestedMachine(
        NestedMode mode,
        Action<Assembler> write,
        VmxControlSet required = default,
        Func<VmxVcpuBuilder, VmxVcpuBuilder>? change = null
    )
    {
        Mode = mode;
        Memory = GuestMemory.Allocate(MemorySize);
        Executor = new KvmGuestExecutor(_host);
        Processor = new SoftwareVmx(new RamPhysicalMemory(Memory), executor: Executor);
        Allocator = new PhysicalPageAllocator(Processor.Memory, new PhysicalMemoryRange(Pages, GuestStart - Pages));
        WritePageTables();
        Place(Code, write);
        Vcpu = new VmxVcpuBuilder(Processor, Allocator)
        {
            Guest = State(mode),
            Memory = [new EptMapping(0, GuestStart, GuestSize)],
            Required = required with { PrimaryProcessorBased = required.PrimaryProcessorBased with { HltExiting = true } },
            Optional = new VmxControlSet { PinBased = new() { ExternalInterruptExiting = true } },
        }.Build();
    }

    public NestedMode Mode { get; }

    public GuestMemory Memory { get; }

    public KvmGuestExecutor Executor { get; }

    public SoftwareVmx Processor { get; }

    public PhysicalPageAllocator Allocator { get; }

    public VmxVcpu Vcpu { get; }

    /// <summary>Guest-physical address of the FS segment: EPT maps nothing there.</summary>
    public ulong Window => Mode == NestedMode.Real ? 0xB_8000u : 0x4000_0000u;

    public int Bits =>
        Mode switch
        {
            NestedMode.Real => 16,
            NestedMode.SixtyFourBit => 64,
            _ => 32,
        };

    /// <summary>The guest's memory, by guest-physical address.</summary>
    public Span<byte> GuestBytes => Memory.GetSpan(GuestStart, (int)GuestSize);

    public void Place(ulong address, Action<Assembler> write)
    {
        var code = new Assembler(Bits);
        write(code);
        using var stream = new MemoryStream();
        code.Assemble(new StreamCodeWriter(stream), address);
        stream.ToArray().CopyTo(GuestBytes[(int)address..]);
    }

    /// <summary>Runs to a VM exit and expects its reason.</summary>
    public VmExit RunTo(BasicExitReason reason)
    {
        var exit = Vcpu.Run();
        Assert.True(exit.BasicReason == reason && !exit.IsEntryFailure, $"Expected {reason}: {exit.Describe()}");
        return exit;
    }

    /// <summary>Runs to a VM exit of an instruction, and moves behind it.</summary>
    public VmExit RunPast(BasicExitReason reason)
    {
        var exit = RunTo(reason);
        Vcpu.SkipInstruction(exit);
        return exit;
    }

    public void Dispose()
    {
        Vcpu.Dispose();
        Executor.Dispose();
        Memory.Dispose();
        _host.Dispose();
    }

    private VmxGuestState State(NestedMode mode)
    {
        switch (mode)
        {
            case NestedMode.Real:
                GuestBytes[0xB_8000..0xB_9000].Clear();
                return VmxGuestState.RealMode(0, (ushort)Code, (ushort)Stack) with { Fs = VmxSegment.RealMode(0xB800) };
            case NestedMode.Protected:
                return VmxGuestState.ProtectedMode((uint)Code, (uint)Stack) with { Fs = VmxSegment.Flat(0x10) with { Base = 0x4000_0000 } };
            case NestedMode.ProtectedPaging:
                return VmxGuestState.ProtectedMode((uint)Code, (uint)Stack, (uint)PageDirectory) with
                {
                    Cr4 = 0x10, // PSE
                    Fs = VmxSegment.Flat(0x10) with { Base = 0x4000_0000 },
                };
            default:
                return VmxGuestState.LongMode(Code, Stack, Pml4) with { Fs = VmxSegment.Flat(0x10) with { Base = 0x4000_0000 } };
        }
    }

    // The low memory and the window, each mapped to itself by large pages.
    private void WritePageTables()
    {
        Write(Pml4, Pdpt | Table);
        Write(Pdpt, LowDirectory | Table);
        Write(Pdpt + 8, WindowDirectory | Table);
        Write(LowDirectory, LargePage);
        Write(WindowDirectory, 0x4000_0000 | LargePage);
        Memory.Write(GuestStart + PageDirectory, (uint)LargePage);
        Memory.Write(GuestStart + PageDirectory + 0x400, (uint)(0x4000_0000 | LargePage));

        void Write(ulong address, ulong entry) => Memory.Write(GuestStart + address, entry);
    }
}
