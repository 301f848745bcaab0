using System;
using System.Collections.Generic;
using System.IO;
using Iced.Intel;
using VmcsGen.Vmx.Creation;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Vmx.Testing;

/// <summary>
/// A guest made by <see cref="VmxVcpuBuilder"/> that has one VM exit after the other: CPUID, VMCALL, I/O, MSR accesses, an EPT violation
/// and HLT. What it sees is the same on every processor with EPT and unrestricted guests, real or not.
/// </summary>
public sealed class ExitTour : IDisposable
{
    private const ulong PageTables = 0x1000;
    private const ulong Code = 0x8000;
    private const ulong Stack = 0xF000;
    private const ulong GuestSize = 0x10_0000;

    // A page inside of the guest's memory that EPT does not map at first.
    private const ulong Window = 0xB_8000;

    private const uint Stored = 0x1234_5678;

    private readonly TourMode _mode;
    private readonly VmxVcpu _vcpu;
    private readonly IVmxProcessor _processor;
    private readonly ulong _guestStart;

    /// <param name="processor">The processor.</param>
    /// <param name="pages">Where VMCS and EPT are taken from.</param>
    /// <param name="guestStart">Where there is 1 MiB for the guest: what it sees from address 0 on.</param>
    /// <param name="mode">The mode it begins in.</param>
    public ExitTour(IVmxProcessor processor, PhysicalPageAllocator pages, ulong guestStart, TourMode mode)
    {
        _mode = mode;
        _processor = processor;
        _guestStart = guestStart;
        processor.Memory.Write(guestStart + Code, Assemble());
        WritePageTables();
        _vcpu = new VmxVcpuBuilder(processor, pages)
        {
            Guest = State(),
            Memory = [new EptMapping(0, guestStart, GuestSize)],
            Required = new()
            {
                PrimaryProcessorBased = new() { HltExiting = true, UnconditionalIoExiting = true },
            },
        }.Build();
        _vcpu.Ept!.Unmap(Window);
    }

    /// <summary>What every processor shows in a mode.</summary>
    public static IReadOnlyList<string> Expected(TourMode mode)
    {
        // A prefix makes the instruction one byte longer where 16 bits are not the mode's own size.
        var prefix = mode == TourMode.Real ? 0 : 1;
        return
        [
            "Cpuid: length 2, RAX 0x7",
            "Vmcall: length 3",
            $"IoInstruction: length {1 + prefix}, Out TwoBytes Dx 0x1234",
            "IoInstruction: length 2, In OneByte Immediate 0x42",
            "Rdmsr: length 2, RCX 0x174",
            "Wrmsr: length 2, RCX 0xC0000080",
            "EptViolation: guest-physical 0xB8014, linear 0xB8014, write, mapped for nothing",
            $"EptViolation: guest-physical 0xB8014, linear 0xB8014, write, mapped for reads",
            "Hlt: length 1, stored 0x12345678",
        ];
    }

    /// <summary>Runs the guest to its end and says what was seen.</summary>
    public IReadOnlyList<string> Run()
    {
        List<string> seen = [];
        for (var exit = _vcpu.Run(); seen.Count < Expected(_mode).Count; exit = _vcpu.Run())
        {
            seen.Add($"{exit.BasicReason}: {Describe(exit)}");
            switch (exit.BasicReason)
            {
                case BasicExitReason.Hlt:
                    return seen;
                case BasicExitReason.EptViolation:
                    _vcpu.Ept!.Map(new EptMapping(Window, _guestStart + Window, 0x1000, IsWritable: exit.EptViolation.Readable));
                    _vcpu.InvalidateEpt();
                    break;
                case BasicExitReason.Cpuid
                or BasicExitReason.Vmcall
                or BasicExitReason.IoInstruction
                or BasicExitReason.Rdmsr
                or BasicExitReason.Wrmsr:
                    _vcpu.SkipInstruction(exit);
                    break;
                default:
                    return seen;
            }
        }
        return seen;
    }

    /// <inheritdoc/>
    public void Dispose() => _vcpu.Dispose();

    private string Describe(in VmExit exit)
    {
        var registers = _vcpu.Registers;
        switch (exit.BasicReason)
        {
            case BasicExitReason.Cpuid:
                return $"length {exit.InstructionLength}, RAX 0x{registers.Rax:X}";
            case BasicExitReason.IoInstruction:
                var io = exit.IoInstruction;
                return $"length {exit.InstructionLength}, {io.Direction} {io.AccessSize} {io.OperandEncoding} 0x{io.Port:X}";
            case BasicExitReason.Rdmsr or BasicExitReason.Wrmsr:
                return $"length {exit.InstructionLength}, RCX 0x{registers.Rcx:X}";
            case BasicExitReason.Hlt:
                return $"length {exit.InstructionLength}, stored 0x{StoredValue():X}";
            case BasicExitReason.EptViolation:
                var access = exit.EptViolation;
                var linear = access.GuestLinearAddressValid ? $"0x{exit.GuestLinearAddress:X}" : "unknown";
                var kind =
                    access.DataWrite ? "write"
                    : access.DataRead ? "read"
                    : "fetch";
                var rights = access.Readable
                    ? access.Writable
                        ? "reads and writes"
                        : "reads"
                    : "nothing";
                return $"guest-physical 0x{exit.GuestPhysicalAddress:X}, linear {linear}, {kind}, mapped for {rights}";
            default:
                return exit.HasInstructionLength ? $"length {exit.InstructionLength}" : exit.Describe();
        }
    }

    private uint StoredValue()
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        _processor.Memory.Read(_guestStart + Window + 0x14, bytes);
        return BitConverter.ToUInt32(bytes);
    }

    private VmxGuestState State() =>
        _mode switch
        {
            TourMode.Real => VmxGuestState.RealMode(0, (ushort)Code, (ushort)Stack) with
            {
                Fs = VmxSegment.RealMode((ushort)(Window >> 4)),
            },
            TourMode.Protected => VmxGuestState.ProtectedMode((uint)Code, (uint)Stack) with
            {
                Fs = VmxSegment.Flat(0x10) with { Base = Window },
            },
            _ => VmxGuestState.LongMode(Code, Stack, PageTables) with { Fs = VmxSegment.Flat(0x10) with { Base = Window } },
        };

    private byte[] Assemble()
    {
        var code = new Assembler(
            _mode switch
            {
                TourMode.Real => 16,
                TourMode.Protected => 32,
                _ => 64,
            }
        );
        code.mov(eax, 7);
        code.cpuid();
        code.vmcall();
        code.mov(dx, 0x1234);
        code.@out(dx, ax);
        code.@in(al, 0x42);
        code.mov(ecx, 0x174);
        code.rdmsr();
        code.mov(ecx, unchecked((int)0xC000_0080));
        code.wrmsr();
        code.mov(ebx, 0x10);
        code.mov(eax, Stored);
        code.mov(__dword_ptr.fs[ebx + 4], eax);
        code.hlt();
        using var stream = new MemoryStream();
        code.Assemble(new StreamCodeWriter(stream), Code);
        return stream.ToArray();
    }

    // The first 2 MiB, mapped to themselves by one large page.
    private void WritePageTables()
    {
        Entry(PageTables, (PageTables + 0x1000) | 3);
        Entry(PageTables + 0x1000, (PageTables + 0x2000) | 3);
        Entry(PageTables + 0x2000, 0x83);

        void Entry(ulong address, ulong value) => _processor.Memory.Write(_guestStart + address, BitConverter.GetBytes(value));
    }
}
