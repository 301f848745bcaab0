using System;

namespace VmcsGen.Kvm;

/// <summary>
/// An access of the guest to memory that no slot backs, or a write to a read-only slot. Accesses that are larger than 8 bytes
/// or cross a page come as several exits. Source: Documentation/virt/kvm/api.rst 5, KVM_EXIT_MMIO.
/// </summary>
public readonly unsafe ref struct KvmMmioExit
{
    private const int MaxLength = 8;

    private readonly KvmExit _exit;

    internal KvmMmioExit(KvmExit exit) => _exit = exit;

    /// <summary>The guest physical address.</summary>
    public ulong Address => _exit.Page->Mmio.PhysAddr;

    /// <summary>Size of the access in bytes, 1 to 8.</summary>
    public int Length => (int)Math.Min(_exit.Page->Mmio.Len, MaxLength);

    /// <summary>True if the guest writes, false if it waits for data.</summary>
    public bool IsWrite => _exit.Page->Mmio.IsWrite != 0;

    /// <summary>The bytes, in the run page: to be read for a write, to be filled for a read.</summary>
    public Span<byte> Data
    {
        get
        {
            _ = _exit.LentPage;
            return Bytes;
        }
    }

    /// <summary>The same for use within the life of this exit.</summary>
    internal Span<byte> Bytes
    {
        get
        {
            var page = _exit.Page;
            return new Span<byte>(&page->Mmio.Data, (int)Math.Min(page->Mmio.Len, MaxLength));
        }
    }

    /// <summary>The bytes as a number, zero-extended.</summary>
    public ulong Value => LittleEndian.Read(Bytes);

    /// <summary>Answers a read: the guest gets the low <see cref="Length"/> bytes of the value.</summary>
    /// <param name="value">The value.</param>
    /// <exception cref="InvalidOperationException">The guest writes.</exception>
    public void Answer(ulong value)
    {
        if (IsWrite)
            throw new InvalidOperationException($"A write to guest physical address 0x{Address:X} takes no answer.");
        LittleEndian.Write(Bytes, value);
    }
}
