using System;
using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Kvm;

public sealed partial class VmState
{
    /// <summary>
    /// Writes the state into a VM that has the same vCPUs and devices in the kernel, best one that never ran. A slot of the
    /// same number, place and size gets the contents. One that the VM does not have is mapped to the snapshot's pages, which the guest
    /// shares with all others until it writes to them; the VM keeps that memory, also after the state was disposed of.
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
    /// A vCPU of the state is missing, one is too many, there twice or of another VM, or a slot is taken by another or overlaps one. The VM
    /// is as it was.
    /// </exception>
    /// <exception cref="InvalidOperationException">The state was saved without the contents of its memory. The VM is as it was.</exception>
    /// <exception cref="KvmException">
    /// The kernel refused a piece, such as the interrupt controllers if the VM has none. The VM is in no defined state then.
    /// </exception>
    public IReadOnlyList<StateGap> RestoreTo(KvmVm vm, params ReadOnlySpan<KvmVcpu> vcpus)
    {
        ArgumentNullException.ThrowIfNull(vm);
        RequireVcpusOf(vm, vcpus);
        var matched = Match(vcpus);

        // First, for the vCPUs have MSRs that point into it.
        RestoreSlots(vm);
        var gaps = RestoreVcpus(matched);
        RestoreDevices(vm);
        return gaps;
    }

    /// <summary>
    /// Restores the memory alone, as <see cref="RestoreTo(KvmVm, ReadOnlySpan{KvmVcpu})"/> does. Slots that the VM does not have are mapped
    /// to the snapshot's pages, which the guest shares until it writes to them: that takes as long for much memory as for little.
    /// </summary>
    /// <param name="vm">The VM.</param>
    /// <exception cref="ArgumentException">A slot is taken by another or overlaps one. The VM is as it was.</exception>
    /// <exception cref="InvalidOperationException">The state was saved without the contents of its memory. The VM is as it was.</exception>
    /// <exception cref="KvmException">The host has no address space for it, or KVM does not take a slot. The VM is as it was.</exception>
    public void RestoreMemoryTo(KvmVm vm)
    {
        ArgumentNullException.ThrowIfNull(vm);
        RestoreSlots(vm);
    }

    /// <summary>
    /// Restores the memory alone, so that a guest can go on before its pages are here: each is asked for when it is first touched
    /// (<see cref="GuestMemory.AllocateSupplied"/>). Contents that the state has are not used.
    /// </summary>
    /// <param name="vm">The VM. It has no slot of these numbers.</param>
    /// <param name="sourceOf">Gives the source of the pages of a slot's memory, once for each memory.</param>
    /// <returns>
    /// What supplies the memories, in the order of their first slots; <see cref="MemorySupply.SupplyAll"/> brings the rest.
    /// </returns>
    /// <exception cref="ArgumentException">A slot is taken by another or overlaps one. The VM is as it was.</exception>
    /// <exception cref="KvmException">
    /// The host has no address space, or does not let this process serve page faults of the kernel, or KVM does not take a slot. The VM is
    /// as it was.
    /// </exception>
    public IReadOnlyList<MemorySupply> RestoreMemoryTo(KvmVm vm, Func<SlotState, IPageSource> sourceOf)
    {
        ArgumentNullException.ThrowIfNull(vm);
        ArgumentNullException.ThrowIfNull(sourceOf);
        List<MemorySupply> supplies = [];
        MapSlots(
            vm,
            Slots,
            slot =>
            {
                var memory = GuestMemory.AllocateSupplied(slot.Memory.Size, sourceOf(slot));
                supplies.Add(memory.Supply!);
                return memory;
            }
        );
        return supplies;
    }

    /// <summary>
    /// Restores the vCPUs alone. The memory must be there, for MSRs such as those of kvmclock point into it; interrupt controllers in the
    /// kernel come after.
    /// </summary>
    /// <param name="vm">The VM.</param>
    /// <param name="vcpus">Its vCPUs, in any order.</param>
    /// <returns>What this host did not take and a guest may do without; see <see cref="VcpuState.RestoreTo"/>.</returns>
    /// <exception cref="ArgumentException">A vCPU is missing, one too many, there twice or of another VM. Nothing was touched.</exception>
    /// <exception cref="KvmException">The kernel refused a piece; the vCPUs are in no defined state then.</exception>
    public IReadOnlyList<StateGap> RestoreVcpusTo(KvmVm vm, params ReadOnlySpan<KvmVcpu> vcpus)
    {
        ArgumentNullException.ThrowIfNull(vm);
        RequireVcpusOf(vm, vcpus);
        return RestoreVcpus(Match(vcpus));
    }

    /// <summary>Restores alone what KVM keeps for the VM: interrupt controllers, timer and clock. The vCPUs come before.</summary>
    /// <param name="vm">The VM.</param>
    /// <exception cref="KvmException">The kernel refused a piece, such as controllers that the VM does not have.</exception>
    public void RestoreDevicesTo(KvmVm vm)
    {
        ArgumentNullException.ThrowIfNull(vm);
        RestoreDevices(vm);
    }

    private List<StateGap> RestoreVcpus(KvmVcpu[] matched)
    {
        List<StateGap> gaps = [];
        for (var i = 0; i < matched.Length; i++)
            gaps.AddRange(Vcpus[i].RestoreTo(matched[i]));
        AlignTscs(matched);
        return gaps;
    }

    /// <summary>
    /// Gives the counters of vCPUs that were restored the distances that they had: they were read and written one after the other, and the
    /// guest takes them for one clock.
    /// </summary>
    internal void AlignTscs(ReadOnlySpan<KvmVcpu> restored)
    {
        if (restored.Length < 2 || Vcpus[0].TscOffset is not { } firstThen || !restored[0].HasTscOffset)
            return;
        var first = restored[0].TscOffset;
        for (var i = 1; i < restored.Length; i++)
        {
            if (Vcpus[i].TscOffset is { } then && restored[i].TscOffset != first + (then - firstThen))
                restored[i].TscOffset = first + (then - firstThen);
        }
    }

    private void RestoreDevices(KvmVm vm)
    {
        // After the local APICs: interrupts that wait in the I/O APIC are delivered to them now (kvm_set_ioapic in
        // arch/x86/kvm/ioapic.c) and would be lost in an APIC that is then replaced.
        foreach (var chip in Irqchips)
            vm.SetIrqchip(chip);

        // After the interrupt controllers, whose lines it drives: it starts at once.
        if (Pit is { } pit)
            vm.SetPit2(pit);

        // Last, so that the time that restoring takes is not the guest's. The flags tell what was valid in the reading.
        if (Clock is { } clock)
            vm.SetClock(new KvmClockData { Clock = clock.Clock });
    }

    private KvmVcpu[] Match(ReadOnlySpan<KvmVcpu> vcpus)
    {
        if (vcpus.Length != Vcpus.Count)
            throw new ArgumentException($"The state has {Vcpus.Count} vCPUs, and {vcpus.Length} were given.", nameof(vcpus));
        var matched = new KvmVcpu[vcpus.Length];
        for (var i = 0; i < matched.Length; i++)
        {
            foreach (var vcpu in vcpus)
            {
                if (vcpu.Id == Vcpus[i].Id)
                    matched[i] = vcpu;
            }
            if (matched[i] is null)
                throw new ArgumentException($"The state has a vCPU {Vcpus[i].Id}, and none with this id was given.", nameof(vcpus));
        }
        return matched;
    }

    // What can be refused comes before what cannot be undone: contents are written last.
    private void RestoreSlots(KvmVm vm)
    {
        var present = vm.SlotTable.All().ToDictionary(static slot => slot.Number);
        foreach (var wanted in Slots)
        {
            if (present.TryGetValue(wanted.Number, out var slot))
                RequireSame(slot, wanted);
        }
        MapSlots(
            vm,
            Slots.Where(slot => !present.ContainsKey(slot.Number)),
            static slot => slot.Memory.Pages.ToMemory(),
            complete: () =>
            {
                foreach (var wanted in Slots)
                {
                    if (present.TryGetValue(wanted.Number, out var slot))
                        wanted.Memory.Pages.CopyTo(slot.Memory);
                }
            }
        );
    }

    /// <summary>Maps the slots into a VM that has none.</summary>
    /// <param name="vm">The VM.</param>
    /// <param name="more">Flags that the slots get besides their own, read-only ones apart.</param>
    internal void MapMemoryInto(KvmVm vm, KvmMemoryRegionFlags more) =>
        MapSlots(vm, Slots, static slot => slot.Memory.Pages.ToMemory(), more);

    // All or none; slots of one memory share what is created for the first.
    private static void MapSlots(
        KvmVm vm,
        IEnumerable<SlotState> slots,
        Func<SlotState, GuestMemory> create,
        KvmMemoryRegionFlags more = 0,
        Action? complete = null
    )
    {
        Dictionary<MemoryState, GuestMemory> created = [];
        List<MemorySlot> mapped = [];
        try
        {
            foreach (var slot in slots)
            {
                if (!created.TryGetValue(slot.Memory, out var memory))
                    created.Add(slot.Memory, memory = create(slot));
                var flags = (slot.Flags & KvmMemoryRegionFlags.Readonly) == 0 ? slot.Flags | more : slot.Flags;
                mapped.Add(vm.MapMemory(slot.GuestPhysicalAddress, memory, flags, slot.Number));
            }
            complete?.Invoke();
            mapped.Clear();
        }
        finally
        {
            foreach (var slot in mapped)
                slot.Unmap();
            // The VM keeps what its slots map.
            foreach (var memory in created.Values)
                memory.Dispose();
        }
    }

    private static void RequireSame(MemorySlot present, SlotState wanted)
    {
        if (present.GuestPhysicalAddress == wanted.GuestPhysicalAddress && present.Size == wanted.Memory.Size)
            return;
        throw new ArgumentException(
            $"The VM has {present}, and the state has slot {wanted.Number} at 0x{wanted.GuestPhysicalAddress:X} with "
                + $"0x{wanted.Memory.Size:X} bytes. Unmap the slot, or map it as it was."
        );
    }
}
