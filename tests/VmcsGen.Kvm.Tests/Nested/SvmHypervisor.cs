using System;
using System.Buffers.Binary;
using Iced.Intel;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;
using static VmcsGen.Kvm.Tests.Nested.NestedPrograms;

namespace VmcsGen.Kvm.Tests.Nested;

/// <summary>
/// A guest that enters a guest of its own by VMRUN. The VMCB, whose layout is in appendix B of volume 2 of the AMD64 Architecture
/// Programmer's Manual, is in its memory from the beginning.
/// </summary>
internal static class SvmHypervisor
{
    /// <summary>The exit code of VMMCALL.</summary>
    public const uint Vmmcall = 0x81;

    private const uint Efer = 0xC000_0080;
    private const uint SvmeBit = 0x1000;
    private const uint HostSaveAddress = 0xC001_0117;
    private const int ExitCode = 0x70;

    /// <param name="write">The nested guest's code.</param>
    /// <param name="intercepts">What it exits by besides VMRUN and VMMCALL: the VMCB's doubleword at 0x00C.</param>
    public static Guest Create(Action<Assembler> write, uint intercepts = 0)
    {
        var guest = Guest.Create(GuestMode.LongSupervisor, WriteHypervisor, null, KvmCapability.NestedState);
        if (!CpuidBuilder.FromSupported(guest.Host)[CpuidFeature.Svm])
        {
            guest.Dispose();
            Assert.Skip("This host's KVM offers no nested SVM.");
        }
        guest.Place(NestedCode, write);
        guest.Memory.Write(ControlStructure, Vmcb(guest.Vcpu, intercepts));
        return guest;
    }

    private static void WriteHypervisor(Assembler code)
    {
        code.mov(ecx, Efer);
        code.rdmsr();
        code.or(eax, (int)SvmeBit);
        code.wrmsr();
        code.mov(ecx, HostSaveAddress);
        code.mov(eax, (uint)ProcessorPage);
        code.xor(edx, edx);
        code.wrmsr();
        var enter = code.CreateLabel();
        code.Label(ref enter);
        code.mov(eax, (uint)ControlStructure);
        code.vmrun();
        code.mov(eax, __dword_ptr[ControlStructure + ExitCode]);
        code.@out(ExitPort, eax);
        code.jmp(enter);
    }

    // The nested guest begins with its hypervisor's registers, but for the instruction and stack pointers.
    private static byte[] Vmcb(KvmVcpu vcpu, uint intercepts)
    {
        vcpu.GetSregs(out var sregs);
        var vmcb = new byte[0x1000];
        Put32(vmcb, 0x00C, intercepts);
        Put32(vmcb, 0x010, 0b11); // VMRUN, which must be intercepted, and VMMCALL.
        Put32(vmcb, 0x058, 1); // ASID, which must not be 0.
        PutSegment(vmcb, 0x400, sregs.Es);
        PutSegment(vmcb, 0x410, sregs.Cs);
        PutSegment(vmcb, 0x420, sregs.Ss);
        PutSegment(vmcb, 0x430, sregs.Ds);
        Put64(vmcb, 0x4D0, sregs.Efer | SvmeBit);
        Put64(vmcb, 0x548, sregs.Cr4);
        Put64(vmcb, 0x550, sregs.Cr3);
        Put64(vmcb, 0x558, sregs.Cr0);
        Put64(vmcb, 0x560, 0x400); // DR7
        Put64(vmcb, 0x568, 0xFFFF_0FF0); // DR6
        Put64(vmcb, 0x570, 2); // RFLAGS
        Put64(vmcb, 0x578, NestedCode); // RIP
        Put64(vmcb, 0x5D8, NestedStack); // RSP
        Put64(vmcb, 0x668, 0x0007_0406_0007_0406); // PAT
        return vmcb;
    }

    private static void PutSegment(byte[] vmcb, int offset, KvmSegment segment)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(vmcb.AsSpan(offset), segment.Selector);
        var attributes =
            segment.Type
            | segment.S << 4
            | segment.Dpl << 5
            | segment.Present << 7
            | segment.Avl << 8
            | segment.L << 9
            | segment.Db << 10
            | segment.G << 11;
        BinaryPrimitives.WriteUInt16LittleEndian(vmcb.AsSpan(offset + 2), (ushort)attributes);
        Put32(vmcb, offset + 4, segment.Limit);
        Put64(vmcb, offset + 8, segment.Base);
    }

    private static void Put32(byte[] vmcb, int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(vmcb.AsSpan(offset), value);

    private static void Put64(byte[] vmcb, int offset, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(vmcb.AsSpan(offset), value);
}
