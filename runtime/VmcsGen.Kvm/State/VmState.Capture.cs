using System;
using System.Collections.Generic;

namespace VmcsGen.Kvm;

public sealed partial class VmState
{
    internal static readonly KvmIrqchipId[] IrqchipIds = [KvmIrqchipId.PicMaster, KvmIrqchipId.PicSlave, KvmIrqchipId.Ioapic];

    /// <summary>
    /// Reads the state of a VM. All its vCPUs must stand still, outside Run, and nothing else may change the guest's memory.
    /// </summary>
    /// <param name="host">Tells which MSRs belong to the state.</param>
    /// <param name="vm">The VM.</param>
    /// <param name="vcpus">Its vCPUs.</param>
    /// <exception cref="ArgumentException">A vCPU is missing, there twice, or one of another VM.</exception>
    /// <exception cref="NotSupportedException">A slot has private memory (guest_memfd), which this process cannot read.</exception>
    /// <exception cref="InvalidOperationException">
    /// A vCPU cannot be captured now; see <see cref="VcpuState.Capture"/>. Or coalesced writes wait to be delivered. Nothing is lost.
    /// </exception>
    /// <exception cref="KvmException">The kernel refused something that each host has.</exception>
    public static VmState Capture(KvmHost host, KvmVm vm, params ReadOnlySpan<KvmVcpu> vcpus)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(vm);
        RequireAllVcpusOf(vm, vcpus);
        var file = PageFile.CreateAnonymous();
        try
        {
            ulong end = 0;
            var memory = new MemoryCapture(vm, file, size => new((end += size) - size, isPacked: false));
            file.Extend(end);
            return Capture(host, vm, vcpus, memory, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads all of a VM that stands still, its memory into a file that becomes the state's.</summary>
    internal static VmState Capture(
        KvmHost host,
        KvmVm vm,
        ReadOnlySpan<KvmVcpu> vcpus,
        MemoryCapture memory,
        PageFile file,
        VmState? earlier = null
    )
    {
        var state = CaptureWithoutMemory(host, vm, vcpus);
        using (var patches = vm.SlotTable.LiftPatches())
            memory.RecordRest(patches.Addresses);
        state.Slots = memory.ToSlots();
        state.Keep((file, null), earlier);
        return state;
    }

    internal static void RequireAllVcpusOf(KvmVm vm, ReadOnlySpan<KvmVcpu> vcpus)
    {
        RequireVcpusOf(vm, vcpus);
        if (vcpus.Length != vm.VcpuCount)
        {
            throw new ArgumentException(
                $"The VM has {vm.VcpuCount} vCPUs, and {vcpus.Length} were given. Give all, or the state lacks a part of the VM; one "
                    + "that was disposed of belongs to the VM for as long as it lives, and its state cannot be read.",
                nameof(vcpus)
            );
        }
    }

    // All but memory. Before memory: completing an instruction can write there.
    private static VmState CaptureWithoutMemory(KvmHost host, KvmVm vm, ReadOnlySpan<KvmVcpu> vcpus)
    {
        List<StateGap> gaps = [];
        var state = new VmState { Gaps = gaps, Host = host.Fingerprint };

        // Before the rest, so that the time that capturing takes is not the guest's.
        state.Clock = VcpuState.Optional(
            gaps,
            StatePart.Clock,
            () =>
            {
                vm.GetClock(out var clock);
                return clock;
            }
        );

        var captured = new VcpuState[vcpus.Length];
        for (var i = 0; i < captured.Length; i++)
            captured[i] = VcpuState.Capture(host, vcpus[i]);
        state.Vcpus = captured;
        RequireDrained(vcpus);

        state.CaptureIrqchips(vm, gaps);
        state.Pit = VcpuState.Optional(
            gaps,
            StatePart.Pit,
            () =>
            {
                vm.GetPit2(out var pit);
                return pit;
            }
        );
        return state;
    }

    private static void RequireVcpusOf(KvmVm vm, ReadOnlySpan<KvmVcpu> vcpus)
    {
        HashSet<int> ids = [];
        foreach (var vcpu in vcpus)
        {
            ArgumentNullException.ThrowIfNull(vcpu, nameof(vcpus));
            if (!vcpu.IsOf(vm))
                throw new ArgumentException($"vCPU {vcpu.Id} belongs to another VM.", nameof(vcpus));
            if (!ids.Add(vcpu.Id))
                throw new ArgumentException($"vCPU {vcpu.Id} is there twice.", nameof(vcpus));
        }
    }

    // After the instructions of the last exits were completed, which may have written there too.
    private static void RequireDrained(ReadOnlySpan<KvmVcpu> vcpus)
    {
        if (vcpus.IsEmpty || !vcpus[0].HasCoalescedWrites)
            return;
        throw new InvalidOperationException(
            "KVM has collected writes of the guest that no device got, and they would be lost. Deliver them by "
                + $"{nameof(KvmVcpu)}.{nameof(KvmVcpu.DrainCoalesced)}, and capture again."
        );
    }

    private void CaptureIrqchips(KvmVm vm, List<StateGap> gaps)
    {
        List<KvmIrqchip> chips = [];
        foreach (var id in IrqchipIds)
        {
            var chip = VcpuState.Optional(
                gaps,
                StatePart.Irqchips,
                () =>
                {
                    KvmIrqchip read = new() { ChipId = id };
                    vm.GetIrqchip(ref read);
                    return read;
                }
            );
            if (chip is null)
                return; // They are there together or not at all.
            chips.Add(chip.Value);
        }
        Irqchips = chips;
    }
}
