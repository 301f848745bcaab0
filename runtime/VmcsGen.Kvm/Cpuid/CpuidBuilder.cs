using System;
using System.Collections.Generic;

namespace VmcsGen.Kvm;

/// <summary>
/// What CPUID answers to a guest: begun from what the host can offer, then changed by name or by leaf, then given to
/// <see cref="KvmVcpu.SetCpuid2(CpuidBuilder)"/>.
/// </summary>
/// <remarks>Source: Documentation/virt/kvm/api.rst 4.46; SDM 2A, CPUID.</remarks>
/// <example>
/// <code>
/// var cpuid = CpuidBuilder.FromSupported(host);
/// cpuid.BrandString = "A processor for tests";
/// cpuid[CpuidFeature.Vmx] = false;
/// cpuid.SetApicId((uint)vcpu.Id);
/// vcpu.SetCpuid2(cpuid);
/// </code>
/// </example>
public sealed partial class CpuidBuilder
{
    private readonly List<KvmCpuidEntry2> _entries;

    /// <summary>Begins with entries, which are copied.</summary>
    /// <param name="entries">For example those of <see cref="KvmVcpu.GetCpuid2()"/>; none for an empty list.</param>
    public CpuidBuilder(params ReadOnlySpan<KvmCpuidEntry2> entries) => _entries = [.. entries];

    /// <summary>The entries as they are now.</summary>
    public IReadOnlyList<KvmCpuidEntry2> Entries => _entries;

    /// <summary>Begins with all that the host and KVM can offer.</summary>
    /// <param name="host">The host.</param>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    public static CpuidBuilder FromSupported(KvmHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        return new(host.GetSupportedCpuid().Entries);
    }

    /// <summary>A copy, for example to give each vCPU its APIC id.</summary>
    public CpuidBuilder Clone() => new([.. _entries]);

    /// <summary>Finds the entry that answers a leaf, or a subleaf of it.</summary>
    /// <param name="leaf">EAX at the time of the instruction.</param>
    /// <param name="subleaf">ECX at the time of the instruction; it does not count for a leaf without subleaves.</param>
    /// <param name="entry">The entry.</param>
    /// <returns>False if the list has none, so that CPUID answers zeros, or the highest basic leaf on Intel processors.</returns>
    public bool TryFind(uint leaf, uint subleaf, out KvmCpuidEntry2 entry)
    {
        int at = IndexOf(leaf, subleaf);
        entry = at < 0 ? default : _entries[at];
        return at >= 0;
    }

    /// <summary>
    /// Changes the entry of a leaf, or of a subleaf; makes one of zeros first if there is none, and raises the highest leaf
    /// that the list tells of to include it.
    /// </summary>
    /// <param name="leaf">EAX at the time of the instruction.</param>
    /// <param name="subleaf">ECX at the time of the instruction; it does not count for a leaf without subleaves.</param>
    /// <param name="edit">Changes it; what it does to leaf, subleaf and flags is not taken over.</param>
    public void Edit(uint leaf, uint subleaf, CpuidEdit edit)
    {
        ArgumentNullException.ThrowIfNull(edit);
        int at = IndexOf(leaf, subleaf);
        if (at < 0)
            at = Insert(leaf, subleaf);
        KvmCpuidEntry2 entry = _entries[at];
        edit(ref entry);
        _entries[at] = _entries[at] with { Eax = entry.Eax, Ebx = entry.Ebx, Ecx = entry.Ecx, Edx = entry.Edx };
    }

    /// <summary>Puts an entry in the place of that of the same leaf and subleaf, or adds it.</summary>
    /// <param name="entry">The entry; its flags say whether the subleaf counts.</param>
    public void Set(in KvmCpuidEntry2 entry)
    {
        (uint leaf, uint subleaf) = (entry.Function, entry.Index);
        bool hasSubleaf = (entry.Flags & KvmCpuidFlags.SignificantIndex) != 0;
        _entries.RemoveAll(other =>
            other.Function == leaf && (!hasSubleaf || (other.Flags & KvmCpuidFlags.SignificantIndex) == 0 || other.Index == subleaf)
        );
        _entries.Add(entry);
        RaiseHighestLeaf(leaf);
    }

    /// <summary>Takes out a leaf with all its subleaves.</summary>
    /// <param name="leaf">The leaf.</param>
    /// <returns>False if there was none.</returns>
    public bool Remove(uint leaf) => _entries.RemoveAll(entry => entry.Function == leaf) > 0;

    /// <summary>The list for KVM_SET_CPUID2.</summary>
    public KvmBuffer<KvmCpuid2, KvmCpuidEntry2> ToBuffer() => new([.. _entries]);

    private int IndexOf(uint leaf, uint subleaf) =>
        _entries.FindIndex(entry =>
            entry.Function == leaf && (entry.Index == subleaf || (entry.Flags & KvmCpuidFlags.SignificantIndex) == 0)
        );

    private int Insert(uint leaf, uint subleaf)
    {
        // Beside other subleaves the new one is a subleaf, too; alone it is one if it is not the first.
        bool hasSubleaves = subleaf != 0 || _entries.Exists(entry => entry.Function == leaf);
        _entries.Add(
            new()
            {
                Function = leaf,
                Index = subleaf,
                Flags = hasSubleaves ? KvmCpuidFlags.SignificantIndex : 0,
            }
        );
        RaiseHighestLeaf(leaf);
        return IndexOf(leaf, subleaf);
    }

    // The first leaf of each range tells the highest one of it in EAX.
    private void RaiseHighestLeaf(uint leaf)
    {
        int at = IndexOf(leaf & 0xFFFF_0000, 0);
        if (at >= 0 && _entries[at].Eax < leaf)
            _entries[at] = _entries[at] with { Eax = leaf };
    }
}

/// <summary>Changes the answers of a CPUID entry.</summary>
/// <param name="entry">The entry.</param>
public delegate void CpuidEdit(ref KvmCpuidEntry2 entry);
