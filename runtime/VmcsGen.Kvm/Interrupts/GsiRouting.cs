using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace VmcsGen.Kvm;

/// <summary>
/// The table that says where each interrupt line (GSI) of a VM leads, for <see cref="KvmVm.SetGsiRouting(GsiRouting)"/>. A line
/// leads to a pin of each of several controllers, or to one message, or to one synthetic interrupt. Change it and set it again
/// for every change: KVM takes the table as a whole. Not for several threads at once.
/// Source: Documentation/virt/kvm/api.rst 4.52.
/// </summary>
public sealed class GsiRouting
{
    private const uint PicPins = 8;
    private const uint HypervSints = 16;

    private readonly List<KvmIrqRoutingEntry> _entries = [];

    /// <summary>The entries, in the order in which they were added.</summary>
    public ReadOnlySpan<KvmIrqRoutingEntry> Entries => CollectionsMarshal.AsSpan(_entries);

    /// <summary>
    /// The table that a VM has after <see cref="KvmVm.CreateIrqchip"/>: lines 0 to 15 lead to the two PICs and to the I/O APIC's
    /// pins of the same number, lines 16 to 23 to the I/O APIC alone.
    /// </summary>
    /// <param name="timerOnPin2">
    /// Whether line 0, the timer's, leads to pin 2 of the I/O APIC instead of pin 0, as most PCs have it and their firmware tables
    /// say (an interrupt source override). Line 2 then leads to no pin of the I/O APIC.
    /// </param>
    public static GsiRouting CreatePc(bool timerOnPin2 = false)
    {
        var routing = new GsiRouting();
        for (uint line = 0; line < KvmIrqchipLimits.KvmIoapicNumPins; line++)
        {
            if (line < PicPins)
                routing.AddIrqchip(line, KvmIrqchipId.PicMaster, line);
            else if (line < 2 * PicPins)
                routing.AddIrqchip(line, KvmIrqchipId.PicSlave, line - PicPins);
            if (!timerOnPin2 || line is not (0 or 2))
                routing.AddIrqchip(line, KvmIrqchipId.Ioapic, line);
        }
        return timerOnPin2 ? routing.AddIrqchip(0, KvmIrqchipId.Ioapic, 2) : routing;
    }

    /// <summary>Leads a line to a pin of a controller in the kernel. A split irqchip has none of these controllers.</summary>
    /// <param name="gsi">The line.</param>
    /// <param name="chip">The controller.</param>
    /// <param name="pin">The pin: 0 to 7 of a PIC, 0 to 23 of the I/O APIC.</param>
    /// <exception cref="ArgumentException">The line leads to this controller already, or to a message or synthetic interrupt.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such controller or pin.</exception>
    public GsiRouting AddIrqchip(uint gsi, KvmIrqchipId chip, uint pin)
    {
        uint pins = chip switch
        {
            KvmIrqchipId.PicMaster or KvmIrqchipId.PicSlave => PicPins,
            KvmIrqchipId.Ioapic => KvmIrqchipLimits.KvmIoapicNumPins,
            _ => throw new ArgumentOutOfRangeException(nameof(chip), chip, "There is no such interrupt controller."),
        };
        if (pin >= pins)
            throw new ArgumentOutOfRangeException(nameof(pin), pin, $"{chip} has the pins 0 to {pins - 1}.");
        KvmIrqRoutingEntry entry = new() { Gsi = gsi, Type = KvmIrqRoutingType.Irqchip };
        entry.Target.Irqchip = new() { Irqchip = chip, Pin = pin };
        return Add(entry);
    }

    /// <summary>Leads a line to a message, as MSI and MSI-X devices need it for each vector that an irqfd raises.</summary>
    /// <param name="gsi">The line.</param>
    /// <param name="message">The message.</param>
    /// <param name="deviceId">The sending device, where KVM_CAP_MSI_DEVID wants it; x86 needs none.</param>
    /// <exception cref="ArgumentException">The line leads somewhere already.</exception>
    public GsiRouting AddMsi(uint gsi, MsiMessage message, uint? deviceId = null)
    {
        KvmIrqRoutingEntry entry = new() { Gsi = gsi, Type = KvmIrqRoutingType.Msi };
        entry.Target.Msi = new()
        {
            AddressLo = (uint)message.Address,
            AddressHi = (uint)(message.Address >> 32),
            Data = message.Data,
        };
        if (deviceId is { } id)
        {
            entry.Flags = KvmMsiFlags.ValidDevid;
            entry.Target.Msi.Devid = id;
        }
        return Add(entry);
    }

    /// <summary>Leads a line to a Hyper-V synthetic interrupt, for guests whose vCPUs enabled KVM_CAP_HYPERV_SYNIC.</summary>
    /// <param name="gsi">The line.</param>
    /// <param name="vcpuIndex">Virtual processor index of the vCPU.</param>
    /// <param name="sint">Number of the synthetic interrupt, 0 to 15.</param>
    /// <exception cref="ArgumentException">The line leads somewhere already.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such synthetic interrupt.</exception>
    public GsiRouting AddHypervSint(uint gsi, uint vcpuIndex, uint sint)
    {
        if (sint >= HypervSints)
            throw new ArgumentOutOfRangeException(nameof(sint), sint, $"A vCPU has the synthetic interrupts 0 to {HypervSints - 1}.");
        KvmIrqRoutingEntry entry = new() { Gsi = gsi, Type = KvmIrqRoutingType.HvSint };
        entry.Target.HvSint = new() { Vcpu = vcpuIndex, Sint = sint };
        return Add(entry);
    }

    /// <summary>Leads a line to a Xen event channel, with two-level delivery.</summary>
    /// <param name="gsi">The line.</param>
    /// <param name="port">The event channel.</param>
    /// <param name="vcpuId">Id of the vCPU.</param>
    /// <exception cref="ArgumentException">The line leads somewhere already.</exception>
    public GsiRouting AddXenEventChannel(uint gsi, uint port, uint vcpuId)
    {
        KvmIrqRoutingEntry entry = new() { Gsi = gsi, Type = KvmIrqRoutingType.XenEvtchn };
        entry.Target.XenEvtchn = new()
        {
            Port = port,
            Vcpu = vcpuId,
            Priority = KvmEventChannelPriority.TwoLevel,
        };
        return Add(entry);
    }

    /// <summary>Takes away everything that a line leads to.</summary>
    /// <param name="gsi">The line.</param>
    /// <returns>False if it led nowhere.</returns>
    public bool Remove(uint gsi) => _entries.RemoveAll(entry => entry.Gsi == gsi) > 0;

    /// <summary>The lowest line that leads nowhere, for a device that needs one.</summary>
    /// <param name="from">The lowest line to look at; those below 24 are the pins of the controllers.</param>
    public uint FindFreeGsi(uint from = KvmIrqchipLimits.KvmIoapicNumPins)
    {
        uint gsi = from;
        while (_entries.Exists(entry => entry.Gsi == gsi))
            gsi++;
        return gsi;
    }

    /// <summary>Where a line leads, in words; for messages.</summary>
    internal static string Describe(in KvmIrqRoutingEntry entry) =>
        entry.Type switch
        {
            KvmIrqRoutingType.Irqchip => $"{entry.Target.Irqchip.Irqchip} pin {entry.Target.Irqchip.Pin}",
            KvmIrqRoutingType.Msi => $"the message 0x{entry.Target.Msi.AddressLo:X}, 0x{entry.Target.Msi.Data:X}",
            KvmIrqRoutingType.HvSint => $"synthetic interrupt {entry.Target.HvSint.Sint} of vCPU {entry.Target.HvSint.Vcpu}",
            KvmIrqRoutingType.XenEvtchn => $"event channel {entry.Target.XenEvtchn.Port} of vCPU {entry.Target.XenEvtchn.Vcpu}",
            _ => entry.Type.ToString(),
        };

    private GsiRouting Add(in KvmIrqRoutingEntry added)
    {
        foreach (ref readonly KvmIrqRoutingEntry entry in Entries)
        {
            if (entry.Gsi != added.Gsi)
                continue;
            bool bothPins = entry.Type == KvmIrqRoutingType.Irqchip && added.Type == KvmIrqRoutingType.Irqchip;
            if (bothPins && entry.Target.Irqchip.Irqchip != added.Target.Irqchip.Irqchip)
                continue;
            throw new ArgumentException(
                $"Line {added.Gsi} leads to {Describe(entry)} already and cannot lead to {Describe(added)} too: a line has one pin "
                    + $"of each controller, or one target of another kind. Use {nameof(Remove)} first, or another line."
            );
        }
        _entries.Add(added);
        return this;
    }
}
