using System;
using System.Collections.Generic;

namespace VmcsGen.Kvm;

/// <summary>
/// What a guest may rely on of a host: CPUID and with it XCR0, MSRs, and KVM's capabilities. It is kept with a state, so that another
/// host is compared before anything is restored there.
/// </summary>
public sealed class HostFingerprint
{
    /// <summary>What KVM_GET_SUPPORTED_CPUID gives.</summary>
    public IReadOnlyList<KvmCpuidEntry2> Cpuid { get; internal set; } = [];

    /// <summary>The numbers of the MSRs that belong to a vCPU's state.</summary>
    public IReadOnlyList<uint> Msrs { get; internal set; } = [];

    /// <summary>The MSRs that describe features, with their values.</summary>
    public IReadOnlyList<KvmMsrEntry> FeatureMsrs { get; internal set; } = [];

    /// <summary>The capabilities that the host has, with what each answers.</summary>
    public IReadOnlyDictionary<KvmCapability, int> Capabilities { get; internal set; } = new Dictionary<KvmCapability, int>();

    internal static HostFingerprint Of(KvmHost host)
    {
        Dictionary<KvmCapability, int> capabilities = [];
        foreach (var capability in host.Describe().Capabilities)
        {
            if (capability.IsOffered)
                capabilities.Add(capability.Capability, capability.Value);
        }
        return new()
        {
            Cpuid = host.GetSupportedCpuid().Entries.ToArray(),
            Msrs = host.GetMsrIndexList(),
            FeatureMsrs = host.Has(KvmCapability.GetMsrFeatures) ? ReadFeatures(host) : [],
            Capabilities = capabilities,
        };
    }

    internal void WriteTo(SnapshotWriter writer)
    {
        writer.WriteAll<KvmCpuidEntry2>(SnapshotTag.HostCpuid, [.. Cpuid]);
        writer.WriteAll<uint>(SnapshotTag.HostMsrs, [.. Msrs]);
        writer.WriteAll<KvmMsrEntry>(SnapshotTag.HostFeatureMsrs, [.. FeatureMsrs]);
        List<CapabilityRecord> capabilities = [];
        foreach (var (capability, value) in Capabilities)
            capabilities.Add(new((uint)capability, value));
        writer.WriteAll<CapabilityRecord>(SnapshotTag.HostCapabilities, [.. capabilities]);
    }

    /// <summary>Takes over a section; false if it is not one of a host.</summary>
    internal bool TryRead(SnapshotReader reader)
    {
        switch (reader.Tag)
        {
            case SnapshotTag.HostCpuid:
                Cpuid = reader.GetAll<KvmCpuidEntry2>();
                return true;
            case SnapshotTag.HostMsrs:
                Msrs = reader.GetAll<uint>();
                return true;
            case SnapshotTag.HostFeatureMsrs:
                FeatureMsrs = reader.GetAll<KvmMsrEntry>();
                return true;
            case SnapshotTag.HostCapabilities:
                ReadCapabilities(reader);
                return true;
            default:
                return false;
        }
    }

    private void ReadCapabilities(SnapshotReader reader)
    {
        Dictionary<KvmCapability, int> capabilities = [];
        foreach (var (number, value) in reader.GetAll<CapabilityRecord>())
        {
            if (!capabilities.TryAdd((KvmCapability)number, value))
                throw reader.Wrong($"it names capability {number} twice");
        }
        Capabilities = capabilities;
    }

    // One that this KVM lists and does not give is stepped over.
    private static KvmMsrEntry[] ReadFeatures(KvmHost host)
    {
        List<KvmMsrEntry> read = [];
        foreach (var index in host.GetMsrFeatureIndexList())
        {
            var one = new KvmBuffer<KvmMsrs, KvmMsrEntry>([new KvmMsrEntry { Index = index }]);
            if (host.GetMsrs(one) == 1)
                read.Add(one.Entries[0]);
        }
        return [.. read];
    }
}
