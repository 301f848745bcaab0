using System;
using System.Numerics;

namespace VmcsGen.Kvm;

// Which logical processor this is, and how they make up cores and packages.
public sealed partial class CpuidBuilder
{
    private const uint CacheLeaf = 0x4;
    private const uint TopologyLeaf = 0xB;
    private const uint TopologyLeaf2 = 0x1F;
    private const uint AmdSizesLeaf = 0x8000_0008;
    private const uint AmdCacheLeaf = 0x8000_001D;
    private const uint AmdTopologyLeaf = 0x8000_001E;
    private const uint AmdTopologyLeaf2 = 0x8000_0026;

    /// <summary>
    /// Sets the APIC id in all leaves that have it: 1 (8 bits of it), 0xB, 0x1F and 0x80000026 with all subleaves, 0x8000001E. It should be
    /// the vCPU's id.
    /// </summary>
    /// <param name="apicId">The x2APIC id.</param>
    public void SetApicId(uint apicId)
    {
        for (int i = 0; i < _entries.Count; i++)
        {
            KvmCpuidEntry2 entry = _entries[i];
            if (entry.Function == 1)
                entry.Ebx = (entry.Ebx & 0x00FF_FFFF) | (apicId << 24);
            else if (entry.Function is TopologyLeaf or TopologyLeaf2 or AmdTopologyLeaf2)
                entry.Edx = apicId;
            else if (entry.Function == AmdTopologyLeaf)
                entry.Eax = apicId;
            _entries[i] = entry;
        }
    }

    /// <summary>
    /// Tells of one package, or several alike: leaves 1, 4, 0xB and, if they are there, 0x1F, 0x80000001, 0x80000008, 0x8000001D,
    /// 0x8000001E and 0x80000026. The
    /// APIC id has the thread in its lowest bits, then the core, then the package, each with as many bits as are needed.
    /// </summary>
    /// <remarks>Source: SDM 3A 9.9.1; AMD APM 3, appendix E.4.</remarks>
    /// <param name="apicId">The x2APIC id of this vCPU.</param>
    /// <param name="coresPerPackage">Number of cores, 1 to 4096. Fields too narrow for it tell the most they can.</param>
    /// <param name="threadsPerCore">Number of threads of a core, 1 to 256.</param>
    /// <exception cref="ArgumentException">No core or thread has the APIC id.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are too many or too few cores or threads.</exception>
    public void SetTopology(uint apicId, int coresPerPackage, int threadsPerCore = 1)
    {
        RequireTopology(coresPerPackage, threadsPerCore);
        uint logical = (uint)(coresPerPackage * threadsPerCore);
        int threadBits = Bits(threadsPerCore);
        int packageBits = threadBits + Bits(coresPerPackage);
        uint core = (apicId & ((1u << packageBits) - 1)) >> threadBits;
        uint thread = apicId & ((1u << threadBits) - 1);
        if (core >= coresPerPackage || thread >= threadsPerCore)
        {
            throw new ArgumentException(
                $"APIC id 0x{apicId:X} is core {core}, thread {thread} of its package, and a package has {coresPerPackage} cores of "
                    + $"{threadsPerCore}. {nameof(ApicIdOf)} gives the ids that there are.",
                nameof(apicId)
            );
        }

        this[CpuidFeature.HyperThreading] = logical > 1;
        Edit(1, 0, (ref entry) => entry.Ebx = (entry.Ebx & 0xFF00_FFFF) | (Math.Min(1u << packageBits, 255) << 16));
        SetCacheSharing(threadBits, packageBits);
        SetLevels(TopologyLeaf, (uint)threadsPerCore, logical, threadBits, packageBits);
        if (TryFind(TopologyLeaf2, 0, out _))
            SetLevels(TopologyLeaf2, (uint)threadsPerCore, logical, threadBits, packageBits);
        if (TryFind(AmdTopologyLeaf2, 0, out _))
            SetLevels(AmdTopologyLeaf2, (uint)threadsPerCore, logical, threadBits, packageBits);
        if (TryFind(AmdTopologyLeaf, 0, out _))
            this[CpuidFeature.LegacyMultiCore] = logical > 1; // The twin of HyperThreading: that there are cores, not threads alone.
        if (TryFind(AmdSizesLeaf, 0, out KvmCpuidEntry2 sizes) && sizes.Ecx != 0)
            Edit(
                AmdSizesLeaf,
                0,
                (ref entry) => entry.Ecx = (entry.Ecx & ~0xF0FFu) | Math.Min(logical - 1, 255) | ((uint)packageBits << 12)
            );
        if (TryFind(AmdTopologyLeaf, 0, out _))
            Edit(AmdTopologyLeaf, 0, (ref entry) => entry.Ebx = (core & 0xFF) | ((uint)(threadsPerCore - 1) << 8));
        SetApicId(apicId);
    }

    /// <summary>
    /// The APIC id of the n-th logical processor of a machine with packages alike, as <see cref="SetTopology"/> wants it. Where the
    /// numbers of cores and threads are powers of 2 it is n itself; else some ids are left out. Give the vCPU the same id.
    /// </summary>
    /// <remarks>Source: SDM 3A 9.9.1.</remarks>
    /// <param name="processor">Which, from 0: threads are counted first, then cores, then packages.</param>
    /// <param name="coresPerPackage">Number of cores, 1 to 4096.</param>
    /// <param name="threadsPerCore">Number of threads of a core, 1 to 256.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are too many or too few.</exception>
    public static uint ApicIdOf(int processor, int coresPerPackage, int threadsPerCore = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(processor);
        RequireTopology(coresPerPackage, threadsPerCore);
        int threadBits = Bits(threadsPerCore);
        int packageBits = threadBits + Bits(coresPerPackage);
        (int core, int thread) = Math.DivRem(processor, threadsPerCore);
        (int package, core) = Math.DivRem(core, coresPerPackage);
        return checked((uint)((ulong)package << packageBits | (ulong)core << threadBits | (uint)thread));
    }

    private static void RequireTopology(int coresPerPackage, int threadsPerCore)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(coresPerPackage, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(coresPerPackage, 4096);
        ArgumentOutOfRangeException.ThrowIfLessThan(threadsPerCore, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threadsPerCore, 256);
    }

    private static int Bits(int count) => BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)count));

    // Leaf 4, EAX: bits 31:26 the core ids of the package, less 1; 25:14 the ids that share the cache, less 1; 7:5 the cache's level.
    private void SetCacheSharing(int threadBits, int packageBits)
    {
        for (int i = 0; i < _entries.Count; i++)
        {
            KvmCpuidEntry2 entry = _entries[i];
            if (entry.Function is not (CacheLeaf or AmdCacheLeaf) || (entry.Eax & 0x1F) == 0)
                continue;
            bool isOfPackage = (entry.Eax >> 5 & 7) >= 3;
            uint sharing = Math.Min((1u << (isOfPackage ? packageBits : threadBits)) - 1, 0xFFF);
            uint cores = Math.Min((1u << (packageBits - threadBits)) - 1, 0x3F);
            // Leaf 0x8000001D has no number of cores; 0x80000008 has it.
            entry.Eax = (entry.Eax & 0x3FFF) | (sharing << 14) | (entry.Function == CacheLeaf ? cores << 26 : 0);
            _entries[i] = entry;
        }
    }

    // Subleaf 0 is the thread level (type 1), subleaf 1 the core level (type 2), and one of type 0 ends the list.
    private void SetLevels(uint leaf, uint threads, uint logical, int threadBits, int packageBits)
    {
        Remove(leaf);
        Set(Level(0, threads, threadBits, type: 1));
        Set(Level(1, logical, packageBits, type: 2));
        Set(Level(2, 0, 0, type: 0));

        KvmCpuidEntry2 Level(uint subleaf, uint count, int shift, uint type) =>
            new()
            {
                Function = leaf,
                Index = subleaf,
                Flags = KvmCpuidFlags.SignificantIndex,
                Eax = (uint)shift,
                Ebx = count,
                Ecx = subleaf | (type << 8),
            };
    }
}
