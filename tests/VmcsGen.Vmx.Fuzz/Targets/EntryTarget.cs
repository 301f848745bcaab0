using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using VmcsGen.Vmx.Entry;
using VmcsGen.Vmx.RingZero;
using VmcsGen.Vmx.Structures;
using VmcsGen.Vmx.Testing;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>A processor on which cases are tried, one at a time and each on a VMCS that is written anew.</summary>
public sealed class EntryTarget
{
    private const uint EferMsr = 0xC000_0080;

    private readonly Dictionary<GuestKind, IReadOnlyDictionary<VmcsField, ulong>> _guests;
    private readonly IReadOnlyList<EntryRegister> _areaRegisters;
    private readonly IReadOnlyList<EntryRegister> _hostRegisters;

    /// <param name="processor">The processor.</param>
    /// <param name="memory">Where 64 pages are free, and another 32.</param>
    /// <param name="readable">What VM entries can read, if that is more than the processor's memory.</param>
    /// <param name="isLeft">Fields that are not written; those that the processor lacks against its capabilities, if not given.</param>
    public EntryTarget(IVmxProcessor processor, ulong memory, IPhysicalMemory? readable = null, Func<VmcsField, bool>? isLeft = null)
    {
        Rig = new VmxRig(processor, memory);
        Rig.Prepare(VmxStage.Current);
        Memory = new FuzzMemory(Rig);
        Memory.Write(processor.Memory, Rig.Capabilities.Basic);
        Context = VmEntryContext.Of(processor) with { MsrsNotLoaded = [], Memory = readable ?? processor.Memory };
        _guests = GuestKind
            .All.Where(guest => guest.IsSupported(Rig.Capabilities))
            .ToDictionary(
                guest => guest,
                guest => (IReadOnlyDictionary<VmcsField, ulong>)BaseVmcs.Create(guest, Rig, Memory, isLeft ?? IsLacking)
            );
        Information = [.. EntryEffects.Information.Where(Rig.Capabilities.Supports).Where(field => !IsLacking(field))];
        _areaRegisters = [.. EntryRegister.OfAreas.Where(HasRegister)];
        _hostRegisters = [.. EntryRegister.OfHost.Where(HasRegister)];

        // KVM's emulation has not all fields that the SDM gives every processor.
        bool IsLacking(VmcsField field) => processor.Vmread(field, out _).Error == VmInstructionError.UnsupportedVmcsComponent;

        bool HasRegister(EntryRegister register) => !register.IsMsr || processor.TryReadMsr(register.Msr, out _);
    }

    /// <summary>The processor, with the VMCS that is launched.</summary>
    public VmxRig Rig { get; }

    /// <summary>What lies in its memory.</summary>
    public FuzzMemory Memory { get; }

    /// <summary>What its VM entries depend on besides the VMCS.</summary>
    public VmEntryContext Context { get; }

    /// <summary>The VM-exit information fields that it has.</summary>
    public IReadOnlyList<VmcsField> Information { get; }

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
        return VmEntryChecker.Check(VmcsOf(one, held), Rig.Capabilities, ContextOf(one));
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
        Write(_guests[one.Guest]);
        var held = WriteCase(one);
        var fields = _guests[one.Guest].Keys.Concat(Information).ToArray();
        var before = Read(fields);
        var loaded = RegistersOf(one);
        foreach (var register in loaded)
        {
            if (register.Before is { } value)
                processor.WriteMsr(register.Msr, value);
        }
        GeneralRegisters registers = default;
        var result = processor.Vmlaunch(ref registers);
        var after = Read(fields);
        var values = loaded
            .Select(register =>
                KeyValuePair.Create(
                    register,
                    register.IsMsr ? processor.ReadMsr(register.Msr) : processor.ReadControlRegister(register.Control)
                )
            )
            .ToArray();
        // Whichever does not enter the guest tells the launch state.
        var isLaunched = EntryObservation.OutcomeOf(result, after).IsSuccess
            ? processor.Vmlaunch(ref registers).Error == VmInstructionError.VmlaunchNonClearVmcs
            : processor.Vmresume(ref registers).Error != VmInstructionError.VmresumeNonLaunchedVmcs;
        RestoreMemory(one);
        return EntryObservation.Of(result, before, after, values, isLaunched, held);
    }

    /// <summary>Takes back what a case changed in memory, and what its guest did to <see cref="FuzzMemory.Pdptes"/>.</summary>
    public void RestoreMemory(FuzzCase one)
    {
        ArgumentNullException.ThrowIfNull(one);
        foreach (var patch in one.Memory)
            Rig.Processor.Memory.Write(patch.Address, patch.Before);
        Rig.Processor.Memory.Write(Memory.PaePointerTable, Memory.Pdptes);
    }

    /// <summary>The registers that a case gives reason to look at.</summary>
    public IReadOnlyList<EntryRegister> RegistersOf(FuzzCase one)
    {
        ArgumentNullException.ThrowIfNull(one);
        var isOfAreas = one.Fields.Any(static field => field.Key is VmcsField.VmEntryMsrLoadCount or VmcsField.VmExitMsrLoadCount);
        var isOfHost = one.Fields.Any(static field =>
            field.Key.Type == VmcsFieldType.HostState
            || field.Key is VmcsField.PrimaryVmExitControls or VmcsField.VmEntryControls or VmcsField.VmEntryMsrLoadCount
        );
        return [.. isOfAreas ? _areaRegisters : [], .. isOfHost ? _hostRegisters : []];
    }

    /// <summary>An entry of the VM-entry MSR-load area of a case.</summary>
    /// <param name="one">The case.</param>
    /// <param name="number">Which, from 1.</param>
    public MsrAreaEntry MsrEntryOf(FuzzCase one, ulong number)
    {
        ArgumentNullException.ThrowIfNull(one);
        var entry = new MsrAreaEntry[1];
        var bytes = MemoryMarshal.AsBytes(entry.AsSpan());
        try
        {
            new CaseMemory(Context.Memory!, one.Memory).Read(
                VmcsOf(one).VmEntryMsrLoadAddress + ((number - 1) * (uint)bytes.Length),
                bytes
            );
        }
        catch (ArgumentOutOfRangeException)
        {
            // As processors read where there is no memory.
            bytes.Fill(0xFF);
        }
        return entry[0];
    }

    private Dictionary<VmcsField, ulong> WriteCase(FuzzCase one)
    {
        foreach (var patch in one.Memory)
            Rig.Processor.Memory.Write(patch.Address, patch.After);
        Write(one.Fields);
        return Read(one.Fields.Select(static field => field.Key));
    }

    // In one round trip where there are any.
    private void Write(IEnumerable<KeyValuePair<VmcsField, ulong>> fields)
    {
        if (Rig.Processor is RingZeroCpu cpu)
        {
            var batch = cpu.CreateBatch();
            var results = fields.Select(field => batch.Vmwrite(field.Key, field.Value)).ToArray();
            batch.Execute();
            foreach (var result in results)
                result.ThrowIfFailed();
            return;
        }
        foreach (var (field, value) in fields)
            Rig.Processor.Vmwrite(field, value).ThrowIfFailed(VmcsFields.NameOf(field));
    }

    private Dictionary<VmcsField, ulong> Read(IEnumerable<VmcsField> fields)
    {
        var values = new Dictionary<VmcsField, ulong>();
        if (Rig.Processor is RingZeroCpu cpu)
        {
            var batch = cpu.CreateBatch();
            var results = fields.Select(field => KeyValuePair.Create(field, batch.Vmread(field))).ToArray();
            batch.Execute();
            foreach (var (field, result) in results)
                values.Add(field, result.Value);
            return values;
        }
        foreach (var field in fields)
        {
            Rig.Processor.Vmread(field, out var value).ThrowIfFailed(VmcsFields.NameOf(field));
            values.Add(field, value);
        }
        return values;
    }

    private VmEntryContext ContextOf(FuzzCase one) =>
        Context with
        {
            Memory = new CaseMemory(Context.Memory!, one.Memory),
            // Of IA32_EFER the processor would say what its own mode allows.
            CanWriteMsr = (index, value) => index == EferMsr ? (value & ~Context.Ia32EferBits) == 0 : TakesMsr(index, value),
        };

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
}
