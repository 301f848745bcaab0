using System;
using System.Runtime.InteropServices;

namespace VmcsGen.Vmx.Structures;

/// <summary>
/// The EPTP list: the 512 EPT pointers among which the guest switches with VMFUNC. VMFUNC with an entry that VM entry would refuse
/// causes a VM exit, so that entries of 0 are safe (SDM 3C 26.5.6.3).
/// </summary>
public readonly ref struct EptpList
{
    /// <summary>Entries of the list.</summary>
    public const int EntryCount = VmxPage.Size / sizeof(ulong);

    private readonly Span<EptPointer> _entries;

    /// <summary>Uses memory of the caller as it is.</summary>
    /// <param name="memory">4096 bytes. The physical address of the page is the VMCS field EptpListAddress.</param>
    /// <exception cref="ArgumentException">The memory is not 4096 bytes long.</exception>
    public EptpList(Span<byte> memory) => _entries = MemoryMarshal.Cast<byte, EptPointer>(VmxPage.Check(memory, "The EPTP list"));

    /// <summary>The EPT pointers, in place.</summary>
    public Span<EptPointer> Entries => _entries;

    /// <summary>The EPT pointer that VMFUNC with this index in ECX switches to.</summary>
    /// <param name="index">0 to 511.</param>
    /// <exception cref="IndexOutOfRangeException">The list has no such entry.</exception>
    public ref EptPointer this[int index] => ref _entries[index];
}
