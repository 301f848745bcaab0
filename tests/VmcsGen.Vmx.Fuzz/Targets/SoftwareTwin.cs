using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Vmx.Software;
using VmcsGen.Vmx.Structures;
using VmcsGen.Vmx.Testing;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>
/// <see cref="SoftwareVmx"/> as the processor that a machine has: the same capabilities, CPUID, registers and MSRs, and the same memory,
/// but that both write their own. It tries the machine's cases by instructions of its own, from VMCLEAR to VMLAUNCH.
/// </summary>
public sealed class SoftwareTwin
{
    private const uint FirstCapabilityMsr = 0x480;
    private const uint LastCapabilityMsr = 0x493;

    private static readonly (uint Leaf, uint Subleaf)[] s_leaves =
    [
        (0, 0),
        (1, 0),
        (7, 0),
        (7, 1),
        (0xA, 0),
        (0x8000_0000, 0),
        (0x8000_0001, 0),
        (0x8000_0008, 0),
    ];

    private readonly ScriptedExecutor _executor = new();

    /// <param name="machine">The machine.</param>
    public SoftwareTwin(IEntryMachine machine)
    {
        ArgumentNullException.ThrowIfNull(machine);
        var memory = new OverlaidMemory(() => machine.Target.Context.Memory!);
        var processor = new SoftwareVmx(memory, ProfileOf(machine.Target.Rig.Processor), _executor);
        var fields = machine.Target.VmcsOf(machine.Target.Guests.First());
        Target = new EntryTarget(processor, machine.Target.Rig.VmxonRegion, isLeft: field => !fields.ContainsKey(field));
        if (
            !Target.Guests.SequenceEqual(machine.Target.Guests)
            || Target.Guests.Any(guest => !Target.VmcsOf(guest).SequenceEqual(machine.Target.VmcsOf(guest)))
        )
            throw new InvalidOperationException(
                "The software processor does not have the VMCSs of the machine that it is to be compared with."
            );
    }

    /// <summary>The processor.</summary>
    public EntryTarget Target { get; }

    /// <summary>Tries a case.</summary>
    public EntryObservation Try(FuzzCase one)
    {
        var runs = _executor.Runs;
        try
        {
            return Target.Observe(one);
        }
        catch (VmxAbortException abort)
        {
            // The guest may have been entered, but nothing comes back.
            Target.RestoreMemory(one);
            var held = new Dictionary<VmcsField, ulong>(one.Fields);
            return new(_executor.Runs == runs ? EntryEnd.Broken : EntryEnd.NoExit, default, abort.Message, held, EntryEffects.None);
        }
    }

    private static SoftwareVmxProfile ProfileOf(IVmxProcessor processor)
    {
        var capabilities = new MsrValues();
        for (var index = FirstCapabilityMsr; index <= LastCapabilityMsr; index++)
        {
            if (processor.TryReadMsr(index, out var value))
                capabilities.Add(index, value);
        }
        var leaves = s_leaves.ToDictionary(static leaf => leaf, leaf => processor.Cpuid(leaf.Leaf, leaf.Subleaf));
        return new SoftwareVmxProfile
        {
            CapabilityMsrs = capabilities,
            Cpuid = (leaf, subleaf) => leaves.GetValueOrDefault((leaf, subleaf)),
            Cr0 = processor.ReadControlRegister(ControlRegister.Cr0),
            Cr3 = processor.ReadControlRegister(ControlRegister.Cr3),
            Cr4 = processor.ReadControlRegister(ControlRegister.Cr4),
            FeatureControl = new FeatureControl(processor.ReadMsr((uint)VmxMsr.Ia32FeatureControl)),
            // All others are not on the processor.
            Msrs = LoadedMsrs.Indices.Where(IsRegister).ToDictionary(static index => index, processor.ReadMsr),
            MsrsNotLoaded = [],
            HostEnvironment = processor.HostEnvironment,
        };

        bool IsRegister(uint index) => index is < FirstCapabilityMsr or > LastCapabilityMsr && processor.TryReadMsr(index, out _);
    }
}
