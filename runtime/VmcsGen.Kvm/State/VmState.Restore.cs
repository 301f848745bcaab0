using System;
using System.Collections.Generic;

namespace VmcsGen.Kvm;

public sealed partial class VmState
{
    /// <summary>
    /// Writes the state into a VM that has the same vCPUs and devices in the kernel, best one that never ran. A slot of the
    /// same number, place and size gets the contents; one that the VM does not have is mapped to new memory, which the VM keeps.
    /// </summary>
    /// <remarks>
    /// Create the VM as the other was: enable its capabilities, then KVM_CREATE_IRQCHIP and KVM_CREATE_PIT2 if the state has
    /// them, then vCPUs of the same ids. Its clock goes on from where it stood. Of a state from a source that is not trusted
    /// look at the sizes of <see cref="Slots"/> first: KVM sets up tables for all of a slot.
    /// </remarks>
    /// <param name="vm">The VM.</param>
    /// <param name="vcpus">Its vCPUs, in any order.</param>
    /// <returns>What this host did not take and a guest may do without; see <see cref="VcpuState.RestoreTo"/>.</returns>
    /// <exception cref="ArgumentException">
    /// A vCPU of the state is missing or one is too many, or a slot is taken by another or overlaps one.
    /// </exception>
    /// <exception cref="KvmException">
    /// The kernel refused a piece, such as the interrupt controllers if the VM has none. The VM is in no defined state then.
    /// </exception>
    public IReadOnlyList<StateGap> RestoreTo(KvmVm vm, params ReadOnlySpan<KvmVcpu> vcpus)
    {
        ArgumentNullException.ThrowIfNull(vm);
        KvmVcpu[] matched = Match(vcpus);
        List<StateGap> gaps = [];

        // First, for the vCPUs have MSRs that point into it.
        RestoreSlots(vm);

        for (int i = 0; i < matched.Length; i++)
            gaps.AddRange(Vcpus[i].RestoreTo(matched[i]));

        // After the local APICs: interrupts that wait in the I/O APIC are delivered to them now (kvm_set_ioapic in
        // arch/x86/kvm/ioapic.c) and would be lost in an APIC that is then replaced.
        foreach (KvmIrqchip chip in Irqchips)
            vm.SetIrqchip(chip);

        // After the interrupt controllers, whose lines it drives: it starts at once.
        if (Pit is { } pit)
            vm.SetPit2(pit);

        // Last, so that the time that restoring takes is not the guest's. The flags tell what was valid in the reading.
        if (Clock is { } clock)
            vm.SetClock(new KvmClockData { Clock = clock.Clock });
        return gaps;
    }

    private KvmVcpu[] Match(ReadOnlySpan<KvmVcpu> vcpus)
    {
        if (vcpus.Length != Vcpus.Count)
            throw new ArgumentException($"The state has {Vcpus.Count} vCPUs, and {vcpus.Length} were given.", nameof(vcpus));
        var matched = new KvmVcpu[vcpus.Length];
        for (int i = 0; i < matched.Length; i++)
        {
            foreach (KvmVcpu vcpu in vcpus)
            {
                ArgumentNullException.ThrowIfNull(vcpu);
                if (vcpu.Id == Vcpus[i].Id)
                    matched[i] = vcpu;
            }
            if (matched[i] is null)
                throw new ArgumentException($"The state has a vCPU {Vcpus[i].Id}, and none with this id was given.", nameof(vcpus));
        }
        return matched;
    }

    private void RestoreSlots(KvmVm vm)
    {
        Dictionary<MemoryState, GuestMemory> created = [];
        try
        {
            foreach (SlotState wanted in Slots)
            {
                MemorySlot? present = Array.Find(vm.SlotTable.All(), slot => slot.Number == wanted.Number);
                if (present is null)
                {
                    if (!created.TryGetValue(wanted.Memory, out GuestMemory? memory))
                    {
                        memory = GuestMemory.Allocate(wanted.Memory.Size);
                        created.Add(wanted.Memory, memory);
                        wanted.Memory.CopyToFresh(memory);
                    }
                    vm.MapMemory(wanted.GuestPhysicalAddress, memory, wanted.Flags, wanted.Number);
                    continue;
                }
                if (present.GuestPhysicalAddress != wanted.GuestPhysicalAddress || present.Size != wanted.Memory.Size)
                {
                    throw new ArgumentException(
                        $"The VM has {present}, and the state has slot {wanted.Number} at 0x{wanted.GuestPhysicalAddress:X} with "
                            + $"0x{wanted.Memory.Size:X} bytes. Unmap the slot, or map it as it was.",
                        nameof(vm)
                    );
                }
                wanted.Memory.CopyTo(present.Memory);
            }
        }
        finally
        {
            // The VM keeps what its slots map.
            foreach (GuestMemory memory in created.Values)
                memory.Dispose();
        }
    }
}
