using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.Intrinsics.X86;
using VmcsGen.Kvm;
using VmcsGen.Vmx;

namespace VmcsGen.Tool.Machine;

/// <summary>Asks this machine.</summary>
internal static class ThisMachine
{
    // Of a leaf with subleaves, more than any processor has.
    private const int MostSubleaves = 64;

    // Leaves whose subleaves are listed until one has nothing: topology, XSAVE, caches and what follows.
    private static readonly HashSet<uint> s_divided =
    [
        4,
        7,
        0xB,
        0xD,
        0xF,
        0x10,
        0x12,
        0x14,
        0x17,
        0x18,
        0x1A,
        0x1D,
        0x1F,
        0x20,
        0x23,
        0x24,
    ];

    /// <summary>What it offers.</summary>
    /// <param name="device">KVM's device.</param>
    public static MachineFacts Ask(string device = KvmHost.DefaultPath)
    {
        var missing = new List<string>();
        var cpuid = X86Base.IsSupported ? ReadCpuid() : null;
        if (cpuid is null)
            missing.Add("CPUID is not there: this is no x86 processor. Run vmcsgen host on the machine that the log is of.");
        var facts = new MachineFacts { Cpuid = cpuid };
        if (!KvmHost.TryOpen(device, out var host, out var unavailable))
        {
            missing.Add($"KVM: {unavailable}");
            missing.Add("The VMX capability MSRs are not known: they are read from KVM.");
            return facts with { Missing = missing };
        }
        using (host)
        {
            var capabilities = host.Describe().Capabilities.Where(static one => one.Value != 0);
            var msrs = ReadMsrs(host, missing);
            return facts with
            {
                KvmApiVersion = host.ApiVersion,
                KvmCapabilities = capabilities.ToDictionary(static one => one.NativeName, static one => one.Value),
                Msrs = msrs,
                Missing = missing,
            };
        }
    }

    private static MsrValues? ReadMsrs(KvmHost host, List<string> missing)
    {
        if (!host.Has(KvmCapability.GetMsrFeatures))
        {
            missing.Add("The VMX capability MSRs are not known: this kernel is older than 4.17 and does not tell its feature MSRs.");
            return null;
        }
        var indices = host.GetMsrFeatureIndexList().Where(static index => Enum.IsDefined((VmxMsr)index)).ToArray();
        if (!indices.Contains((uint)VmxMsr.Ia32VmxBasic))
        {
            missing.Add(
                "The VMX capability MSRs are not known: KVM does not offer nested VMX. On an Intel processor load kvm_intel with nested=1; "
                    + "others have no VMX."
            );
            return null;
        }
        var values = new MsrValues();
        foreach (var index in indices)
        {
            var list = new KvmBuffer<KvmMsrs, KvmMsrEntry>([new KvmMsrEntry { Index = index }]);
            if (host.GetMsrs(list) == 1)
                values.Add(index, list.Entries[0].Data);
        }
        return values;
    }

    private static CpuidBuilder ReadCpuid()
    {
        var builder = new CpuidBuilder();
        foreach (var first in (uint[])[0, 0x8000_0000])
        {
            var last = (uint)X86Base.CpuId((int)first, 0).Eax;
            // A range has at most 256 leaves; one that is not there answers with something else.
            for (var leaf = first; leaf <= last && leaf - first < 256; leaf++)
            {
                for (var subleaf = 0u; subleaf < (s_divided.Contains(leaf) ? MostSubleaves : 1); subleaf++)
                {
                    var (eax, ebx, ecx, edx) = X86Base.CpuId((int)leaf, (int)subleaf);
                    if (subleaf != 0 && (eax | ebx | ecx | edx) == 0)
                        break;
                    builder.Set(
                        new KvmCpuidEntry2
                        {
                            Function = leaf,
                            Index = subleaf,
                            Flags = s_divided.Contains(leaf) ? KvmCpuidFlags.SignificantIndex : 0,
                            Eax = (uint)eax,
                            Ebx = (uint)ebx,
                            Ecx = (uint)ecx,
                            Edx = (uint)edx,
                        }
                    );
                }
            }
        }
        return builder;
    }
}
