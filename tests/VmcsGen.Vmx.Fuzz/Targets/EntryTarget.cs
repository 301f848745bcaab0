using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Vmx.Testing;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>A processor on which cases are tried, one at a time and each on a VMCS that is written anew.</summary>
public sealed class EntryTarget
{
    private const uint EferMsr = 0xC000_0080;
    private const ulong EferLme = 1 << 8;
    private const ulong Cr0Pg = 1UL << 31;

    private readonly Dictionary<GuestKind, IReadOnlyDictionary<VmcsField, ulong>> _guests;

    /// <param name="processor">The processor.</param>
    /// <param name="memory">Where 64 pages are free, and another 32.</param>
    /// <param name="readable">What VM entries can read, if that is more than the processor's memory.</param>
    public EntryTarget(IVmxProcessor processor, ulong memory, IPhysicalMemory? readable = null)
    {
        Rig = new VmxRig(processor, memory);
        Rig.Prepare(VmxStage.Current);
        Memory = new FuzzMemory(Rig);
        Memory.Write(processor.Memory, Rig.Capabilities.Basic);
        Context = VmEntryContext.Of(processor) with { MsrsNotLoaded = [], Memory = readable ?? processor.Memory };
        _guests = GuestKind.All.Where(guest => guest.IsSupported(Rig.Capabilities)).ToDictionary(
            guest => guest, guest => (IReadOnlyDictionary<VmcsField, ulong>)BaseVmcs.Create(guest, Rig, Memory));
    }

    /// <summary>The processor, with the VMCS that is launched.</summary>
    public VmxRig Rig { get; }

    /// <summary>What lies in its memory.</summary>
    public FuzzMemory Memory { get; }

    /// <summary>What its VM entries depend on besides the VMCS.</summary>
    public VmEntryContext Context { get; }

    /// <summary>The guests that it can run.</summary>
    public IReadOnlyCollection<GuestKind> Guests => _guests.Keys;

    /// <summary>The VMCS of a guest.</summary>
    public IReadOnlyDictionary<VmcsField, ulong> VmcsOf(GuestKind guest) => _guests[guest];

    /// <summary>A case of this processor.</summary>
    public FuzzCase Create(int seed, int number) =>
        new CaseGenerator([.. _guests.Select(static g => (g.Key, g.Value))], Memory, Rig.Capabilities, Context).Create(seed, number);

    /// <summary>What the checker says of a case.</summary>
    /// <param name="one">The case.</param>
    /// <param name="held">The changed fields as the processor holds them; as the case writes them unless given.</param>
    public VmEntryReport Check(FuzzCase one, IReadOnlyDictionary<VmcsField, ulong>? held = null)
    {
        ArgumentNullException.ThrowIfNull(one);
        return VmEntryChecker.Check(VmcsOf(one, held), Rig.Capabilities, ContextOf(one, held));
    }

    /// <summary>The VMCS of a case.</summary>
    public Vmcs<CaseVmcs> VmcsOf(FuzzCase one, IReadOnlyDictionary<VmcsField, ulong>? held = null)
    {
        ArgumentNullException.ThrowIfNull(one);
        return new(new CaseVmcs(_guests[one.Guest], held ?? new Dictionary<VmcsField, ulong>(one.Fields)));
    }

    /// <summary>Tries a case.</summary>
    public EntryObservation Observe(FuzzCase one)
    {
        ArgumentNullException.ThrowIfNull(one);
        var processor = Rig.Processor;
        processor.Vmclear(Memory.CurrentVmcs).ThrowIfFailed("VMCLEAR");
        processor.Vmptrld(Memory.CurrentVmcs).ThrowIfFailed("VMPTRLD");
        foreach (var (field, value) in _guests[one.Guest])
            processor.Vmwrite(field, value).ThrowIfFailed(VmcsFields.NameOf(field));
        foreach (var patch in one.Memory)
            processor.Memory.Write(patch.Address, patch.After);
        var held = new Dictionary<VmcsField, ulong>();
        foreach (var (field, value) in one.Fields)
            processor.Vmwrite(field, value).ThrowIfFailed(VmcsFields.NameOf(field));
        foreach (var (field, _) in one.Fields)
        {
            processor.Vmread(field, out var value).ThrowIfFailed(VmcsFields.NameOf(field));
            held[field] = value;
        }
        GeneralRegisters registers = default;
        var result = processor.Vmlaunch(ref registers);
        processor.Vmread(VmcsField.ExitReason, out var reason).ThrowIfFailed("VMREAD");
        processor.Vmread(VmcsField.ExitQualification, out var qualification).ThrowIfFailed("VMREAD");
        foreach (var patch in one.Memory)
            processor.Memory.Write(patch.Address, patch.Before);
        return EntryObservation.Of(result, reason, qualification, held);
    }

    private VmEntryContext ContextOf(FuzzCase one, IReadOnlyDictionary<VmcsField, ulong>? held)
    {
        var vmcs = VmcsOf(one, held);
        return Context with
        {
            Memory = new CaseMemory(Context.Memory!, one.Memory),
            CanWriteMsr = (index, value) => index == EferMsr ? TakesEfer(vmcs, value) : TakesMsr(index, value),
        };
    }

    // SDM 3C 27.4: as WRMSR at CPL 0. The processor's own is asked.
    private bool TakesMsr(uint index, ulong value)
    {
        try
        {
            Rig.Processor.WriteMsr(index, value);
            return true;
        }
        catch (ProcessorFaultException)
        {
            return false;
        }
    }

    // Its bits depend on the guest that has just been entered.
    private bool TakesEfer(Vmcs<CaseVmcs> vmcs, ulong value)
    {
        if ((value & ~Context.Ia32EferBits) != 0)
            return false;
        var entry = vmcs.VmEntryControls;
        var lme = entry.LoadIa32Efer ? (vmcs.GuestIa32Efer & EferLme) != 0 : entry.Ia32eModeGuest;
        return (vmcs.GuestCr0 & Cr0Pg) == 0 || (value & EferLme) != 0 == lme;
    }
}
