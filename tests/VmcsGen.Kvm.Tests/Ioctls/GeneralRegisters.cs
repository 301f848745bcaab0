using System.Linq;
using Iced.Intel;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Ioctls;

/// <summary>
/// Whether a register is in its place cannot be seen by writing and reading it back: two that are exchanged in the struct
/// would not show. So the guest stores or loads it.
/// </summary>
public class GeneralRegisters
{
    private const byte Port = 0x11;

    private static readonly AssemblerRegister64[] s_registers =
    [
        rax,
        rbx,
        rcx,
        rdx,
        rsi,
        rdi,
        rsp,
        rbp,
        r8,
        r9,
        r10,
        r11,
        r12,
        r13,
        r14,
        r15,
    ];

    [Theory, MemberData(nameof(Modes.SixtyFourBit), MemberType = typeof(Modes))]
    public void Guest_has_in_each_register_what_was_set(GuestMode mode)
    {
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                for (var i = 0; i < s_registers.Length; i++)
                    code.mov(__[(long)Guest.DataAddress + 8 * i], s_registers[i]);
                code.@out(Port, al);
            }
        );
        var values = Enumerable.Range(1, s_registers.Length).Select(static i => 0x0101_0101_0101_0101ul * (ulong)i).ToArray();
        guest.Vcpu.SetRegs(
            new KvmRegs
            {
                Rax = values[0],
                Rbx = values[1],
                Rcx = values[2],
                Rdx = values[3],
                Rsi = values[4],
                Rdi = values[5],
                Rsp = values[6],
                Rbp = values[7],
                R8 = values[8],
                R9 = values[9],
                R10 = values[10],
                R11 = values[11],
                R12 = values[12],
                R13 = values[13],
                R14 = values[14],
                R15 = values[15],
                Rip = Guest.CodeAddress,
                Rflags = mode == GuestMode.LongUser ? 0x3002u : 2u, // IOPL 3 for OUT.
            }
        );

        guest.RunToOut(Port);

        Assert.Equal(values, Enumerable.Range(0, values.Length).Select(i => guest.Memory.Read<ulong>(Guest.DataAddress + 8 * (ulong)i)));
    }

    [Theory, MemberData(nameof(Modes.SixtyFourBit), MemberType = typeof(Modes))]
    public void Each_register_is_read_as_the_guest_loaded_it(GuestMode mode)
    {
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                for (var i = 0; i < s_registers.Length; i++)
                    code.mov(s_registers[i], 0x1010_1010_1010_1010ul + (ulong)i);
                code.stc();
                code.@out(Port, al);
                code.nop();
            }
        );

        guest.RunToOut(Port);
        guest.Vcpu.GetRegs(out var regs);

        Assert.Equal(
            Enumerable.Range(0, s_registers.Length).Select(static i => 0x1010_1010_1010_1010ul + (ulong)i),
            [
                regs.Rax,
                regs.Rbx,
                regs.Rcx,
                regs.Rdx,
                regs.Rsi,
                regs.Rdi,
                regs.Rsp,
                regs.Rbp,
                regs.R8,
                regs.R9,
                regs.R10,
                regs.R11,
                regs.R12,
                regs.R13,
                regs.R14,
                regs.R15,
            ]
        );
        Assert.Equal(1u, regs.Rflags & 1); // CF
        Assert.InRange(regs.Rip, guest.CodeEnd - 3, guest.CodeEnd - 1); // At the OUT, which is completed by the next Run, or behind it.
    }
}
