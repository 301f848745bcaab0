using System;
using System.Linq;
using Iced.Intel;
using VmcsGen.Kvm.Tests.Testing;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Hyperv;

/// <summary>Guests for which KVM is Hyper-V. Numbers are those of the Hyper-V Top-Level Functional Specification.</summary>
internal static class HypervGuests
{
    public const uint GuestOsId = 0x4000_0000;
    public const uint Hypercall = 0x4000_0001;
    public const uint SynicControl = 0x4000_0080;
    public const uint SynicMessagePage = 0x4000_0083;

    /// <summary>The first MSR of the synthetic interrupt sources.</summary>
    public const uint SyntheticInterrupt = 0x4000_0090;

    /// <summary>The page of code by which the guest makes hypercalls.</summary>
    public const uint HypercallPage = 0x4_2000;

    /// <summary>A 64-bit guest with the synthetic interrupt controller.</summary>
    public static Guest Create(Action<Assembler> write)
    {
        var guest = Guest.Create(
            GuestMode.LongSupervisor,
            write,
            static vm => vm.CreateIrqchip(),
            KvmCapability.Irqchip,
            KvmCapability.HypervSynic2,
            KvmCapability.HypervCpuid
        );
        guest.OfferHyperv();
        guest.Vcpu.EnableCap(KvmCapability.HypervSynic2);
        return guest;
    }

    /// <summary>Makes CPUID tell of Hyper-V's interfaces instead of KVM's.</summary>
    public static void OfferHyperv(this Guest guest) =>
        guest.Vcpu.SetCpuid2(
            new KvmBuffer<KvmCpuid2, KvmCpuidEntry2>([
                .. CpuidBuilder.FromSupported(guest.Host).Entries.Where(static entry => entry.Function >> 16 != 0x4000),
                .. guest.Vcpu.GetSupportedHvCpuid().Entries,
            ])
        );

    /// <summary>Writes an MSR. Changes EAX, ECX and EDX.</summary>
    public static void WriteMsr(this Assembler code, uint msr, ulong value)
    {
        code.mov(ecx, msr);
        code.mov(eax, (uint)value);
        code.mov(edx, (uint)(value >> 32));
        code.wrmsr();
    }

    /// <summary>Says what the guest is, and has the page of hypercalls made.</summary>
    public static void BeginHypercalls(this Assembler code)
    {
        code.WriteMsr(GuestOsId, 1);
        code.WriteMsr(Hypercall, HypercallPage | 1);
    }

    /// <summary>Makes a hypercall. The result is in RAX.</summary>
    public static void CallHyperv(this Assembler code, ulong input, ulong first, ulong second)
    {
        code.mov(rcx, input);
        code.mov(rdx, first);
        code.mov(r8, second);
        code.mov(eax, HypercallPage);
        code.call(rax);
    }
}
