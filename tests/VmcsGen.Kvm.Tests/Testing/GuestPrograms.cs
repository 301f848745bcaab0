using System;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Testing;

/// <summary>What several tests have their guests do.</summary>
internal static class GuestPrograms
{
    /// <summary>The port on which guests report.</summary>
    public const byte Port = 0x11;

    /// <summary>Reports AL for ever.</summary>
    public static void ReportForEver(Assembler code)
    {
        var loop = code.CreateLabel();
        code.Label(ref loop);
        code.@out(Port, al);
        code.jmp(loop);
    }

    /// <summary>Writes RCX words at places that RAX decides, within the second MiB, and reports; or writes them for ever.</summary>
    public static void WriteAnywhere(Assembler code, bool forEver)
    {
        var next = code.CreateLabel();
        code.mov(rbx, 6364136223846793005);
        code.Label(ref next);
        code.imul(rax, rbx);
        code.add(rax, 1442695);
        code.mov(rdx, rax);
        code.shr(rdx, 44);
        code.or(rdx, 0x10_0000);
        code.and(rdx, 0x1F_FFF8);
        code.mov(__qword_ptr[rdx], rax);
        if (forEver)
        {
            code.jmp(next);
            return;
        }
        code.dec(rcx);
        code.jnz(next);
        code.@out(Port, eax);
        code.hlt();
    }

    /// <summary>Never leaves the guest.</summary>
    public static void SpinForEver(Assembler code)
    {
        var loop = code.CreateLabel();
        code.Label(ref loop);
        code.jmp(loop);
    }

    /// <summary>Counts at <see cref="Guest.DataAddress"/> and never leaves the guest.</summary>
    public static void CountForEver(Assembler code)
    {
        var loop = code.CreateLabel();
        code.Label(ref loop);
        code.inc(__dword_ptr[(long)Guest.DataAddress]);
        code.jmp(loop);
    }

    /// <summary>
    /// Real mode: sets up the master PIC with one line open, reports, and then halts with interrupts on and reports what its
    /// handler for the line did. Interrupts of the line have the vector 0x20 + line.
    /// </summary>
    public static Action<Assembler> HaltWithOpenLine(int line) =>
        code =>
        {
            OpenLine(code, line);
            code.@out(Port, al);
            code.sti();
            var loop = code.CreateLabel();
            code.Label(ref loop);
            code.hlt();
            code.jmp(loop);
        };

    /// <summary>Sets up the master PIC with one line open. Interrupts of the line have the vector 0x20 + line.</summary>
    public static void OpenLine(Assembler code, int line)
    {
        foreach (
            var (port, value) in new (byte Port, byte Value)[]
            {
                (0x20, 0x11),
                (0x21, 0x20),
                (0x21, 0x04),
                (0x21, 0x01),
                (0x21, unchecked((byte)~(1 << line))),
            }
        )
        {
            code.mov(al, value);
            code.@out(port, al);
        }
    }

    /// <summary>A handler at an address that reports a value, ends the interrupt and returns.</summary>
    public static void PlaceHandler(this Guest guest, byte vector, ulong address, byte report)
    {
        guest.SetVector(vector, address);
        guest.Place(
            address,
            code =>
            {
                code.mov(al, report);
                code.@out(Port, al);
                code.mov(al, 0x20);
                code.@out(0x20, al);
                code.iret();
            }
        );
    }
}
