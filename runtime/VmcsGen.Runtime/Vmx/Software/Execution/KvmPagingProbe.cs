using VmcsGen.Kvm;

namespace VmcsGen.Vmx;

/// <summary>Whether a host's KVM runs guests with 32-bit paging: some that emulate everything end them with a triple fault.</summary>
internal static class KvmPagingProbe
{
    private const ulong Directory = 0x1000;
    private const ulong Code = 0x2000;
    private const byte Hlt = 0xF4;
    private const ulong ProtectedPaging = 0x8000_0031; // PG, NE, ET, PE
    private const ulong Pse = 0x10;

    internal static bool Runs32BitPaging(KvmHost host)
    {
        using var memory = GuestMemory.Allocate(0x3000);
        // One page of 4 MBytes: present, writable.
        memory.Write(Directory, 0x83u);
        memory.Write(Code, Hlt);
        using var vm = host.CreateVm();
        vm.MapMemory(0, memory);
        using var vcpu = vm.CreateVcpu(0);
        vcpu.SetCpuid2(host.GetSupportedCpuid());
        vcpu.GetSregs(out var sregs);
        sregs.Cr0 = ProtectedPaging;
        sregs.Cr3 = Directory;
        sregs.Cr4 = Pse;
        var data = new KvmSegment { Limit = 0xFFFF_FFFF, Selector = 0x10, Type = 3, Present = 1, S = 1, G = 1, Db = 1 };
        sregs.Cs = data with { Selector = 8, Type = 0xB };
        sregs.Ss = sregs.Ds = sregs.Es = sregs.Fs = sregs.Gs = data;
        vcpu.SetSregs(sregs);
        vcpu.SetRegs(new KvmRegs { Rip = Code, Rflags = RegisterBits.RflagsFixed });
        while (true)
        {
            // A signal may come at any time.
            var reason = vcpu.Run().Reason;
            if (reason != KvmExitReason.Intr)
                return reason == KvmExitReason.Hlt;
        }
    }
}
