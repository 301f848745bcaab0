using System;
using System.Collections.Generic;
using VmcsGen.Vmx.Entry;
using VmcsGen.Vmx.Software;
using VmcsGen.Vmx.Testing;

namespace VmcsGen.Vmx.Tests.Software;

/// <summary>Builds the processor of an <see cref="EntryScene"/>, with the scene's VMCS as its current one.</summary>
internal static class EntryRuleMachine
{
    private const ulong VmxonRegion = 0xF_0000;

    public static SoftwareVmx Of(EntryScene scene)
    {
        var processor = new SoftwareVmx(scene.Memory, Profile(scene), new ScriptedExecutor());
        var region = scene.Context.CurrentVmcs ?? EntryScene.CurrentVmcs;
        var revision = processor.Capabilities.Basic.VmcsRevisionIdentifier;
        Adopt(scene, EntryScene.LinkedVmcs, revision);
        scene.Memory.Write(VmxonRegion, BitConverter.GetBytes(revision));
        scene.Memory.Write(region, BitConverter.GetBytes(revision));
        processor.WriteControlRegister(ControlRegister.Cr4, processor.ReadControlRegister(ControlRegister.Cr4) | VmxRig.Cr4Vmxe);
        processor.Vmxon(VmxonRegion).ThrowIfFailed("VMXON");
        processor.Vmclear(region).ThrowIfFailed("VMCLEAR");
        processor.Vmptrld(region).ThrowIfFailed("VMPTRLD");
        foreach (var (field, value) in scene.Vmcs.Access.Values)
        {
            var outcome = processor.Vmwrite(field, value);
            // Scenes write fields of features that their processor may lack.
            if (outcome.Error != VmInstructionError.UnsupportedVmcsComponent)
                outcome.ThrowIfFailed($"VMWRITE of {field}");
        }
        return processor;
    }

    // What CPUID and MSRs can tell is told by them, and the rest as the profile says.
    private static SoftwareVmxProfile Profile(EntryScene scene)
    {
        var plain = new SoftwareVmxProfile();
        var context = scene.Context;
        return plain with
        {
            CapabilityMsrs = scene.Msrs,
            Cr0 = scene.Capabilities.Cr0.Adjust(plain.Cr0),
            FeatureControl = new FeatureControl { Locked = true, VmxOutsideSmx = true },
            Msrs = new Dictionary<uint, ulong>(plain.Msrs)
            {
                [0xC000_0080] = context.Ia32Efer,
                [0x570] = context.IsTracing ? 1u : 0, // IA32_RTIT_CTL
            },
            Cpuid = (leaf, subleaf) =>
                (leaf, subleaf) switch
                {
                    (0, _) => plain.Cpuid(0, 0) with { Eax = 0xA },
                    (7, 0) => plain.Cpuid(7, 0) with
                    {
                        Eax = 1,
                        Ebx = (context.SupportsSgx ? 1u << 2 : 0) | (context.SupportsRtm ? 1u << 11 : 0) | 1u << 25,
                        Ecx = context.SupportsBusLockDetection ? 1u << 24 : 0,
                    },
                    (7, 1) => new(context.SupportsLinearAddressMasking ? 1u << 26 : 0, 0, 0, 0),
                    (0xA, _) => context.Ia32PerfGlobalCtrlBits == ulong.MaxValue ? default : new(0x0402, 0, 0, 3),
                    (0x8000_0008, _) => new((uint)context.PhysicalAddressWidth | (uint)context.LinearAddressWidth << 8, 0, 0, 0),
                    _ => plain.Cpuid(leaf, subleaf),
                },
            EntryContext = own =>
                own with
                {
                    IsInSmm = context.IsInSmm,
                    IsBlockedByMovSs = context.IsBlockedByMovSs,
                    Ia32RtitCtlBits = context.Ia32RtitCtlBits,
                    Ia32SpecCtrlBits = context.Ia32SpecCtrlBits,
                },
        };
    }

    // A region that is linked has the scene's revision identifier where it is to be right.
    private static void Adopt(EntryScene scene, ulong region, uint revision)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        scene.Memory.Read(region, bytes);
        var word = BitConverter.ToUInt32(bytes);
        if ((word & int.MaxValue) == scene.Capabilities.Basic.VmcsRevisionIdentifier)
            scene.Memory.Write(region, BitConverter.GetBytes((word & ~(uint)int.MaxValue) | revision));
    }
}
