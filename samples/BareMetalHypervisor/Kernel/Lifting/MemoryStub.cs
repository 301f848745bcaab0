using System.Runtime;
using System.Runtime.CompilerServices;
using VmcsGen.Vmx;

namespace BareMetal.Lifting;

/// <summary>
/// Some bytes in the guest's memory to which INT 15H leads (<c>Boot/stub.S</c>): they ask the hypervisor by VMCALL what memory there is.
/// They lie where programs in real mode do not go, behind the end of the memory that the BIOS says that there is.
/// </summary>
internal static unsafe class MemoryStub
{
    /// <summary>Bytes that the guest must leave alone.</summary>
    public const ulong Size = 0x400;

    // The BIOS data area: KiB of memory below 1 MiB. And the interrupt table of real mode.
    private const ulong BaseMemorySize = 0x413;
    private const ulong Vector = 0x15 * 4;

    private const uint Function = 0xE820;
    private const uint Signature = 0x534D_4150;
    private const nuint CarryFlag = 1;
    private const ulong RealModeEnd = 0x11_0000;

    /// <summary>Takes the last KiB of the memory below 1 MiB, copies the stub there and points the interrupt to it.</summary>
    /// <returns>Its address.</returns>
    public static ulong Install()
    {
        var image = Image();
        var length = *image;
        var address = (ulong)(--*(ushort*)BaseMemorySize) * Size;
        for (ulong i = 0; i < length; i++)
            ((byte*)address)[i] = ((byte*)(image + 1))[i];
        // The far jump at its end leads to where the interrupt led.
        *(uint*)(address + length - sizeof(uint)) = *(uint*)Vector;
        *(uint*)Vector = (uint)(address >> 4) << 16;
        return address;
    }

    /// <summary>Says what the guest will hear.</summary>
    public static void Announce(in MemoryMap map, ulong stub)
    {
        Serial.Line($"INT 15H leads to 0x{stub:X}. The guest's memory map:");
        for (var i = 0u; i < map.Count; i++)
        {
            var range = map[i];
            Serial.Line($"  0x{range.Address:X}, 0x{range.Length:X} bytes, type {range.Type}");
        }
    }

    /// <summary>Whether a VMCALL is the stub's.</summary>
    public static bool IsQuestion(in GuestRegisters registers, in Vmcs<ProcessorVmcs> vmcs) =>
        (ushort)registers.Rax == Function && (uint)registers.Rdx == Signature && ControlRegisters.IsRealMode(vmcs);

    /// <summary>Answers as the BIOS does: the range of number EBX at ES:DI, the next number in EBX, and the carry flag for "no".</summary>
    public static void Answer(ref LiftedGuest guest, in Vmcs<ProcessorVmcs> current)
    {
        var vmcs = current;
        var index = (uint)guest.Registers.Rbx;
        var destination = vmcs.GuestEsBase + (ushort)guest.Registers.Rdi;
        if (index >= guest.Map.Count || (uint)guest.Registers.Rcx < sizeof(MemoryRange) || destination >= RealModeEnd)
        {
            vmcs.GuestRflags |= CarryFlag;
            return;
        }
        *(MemoryRange*)destination = guest.Map[index];
        guest.Registers.Rax = Signature;
        guest.Registers.Rbx = index + 1 < guest.Map.Count ? index + 1 : 0;
        guest.Registers.Rcx = (uint)sizeof(MemoryRange);
        vmcs.GuestRflags &= ~CarryFlag;
    }

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "address_of_memory_stub")]
    private static extern ulong* Image();
}
