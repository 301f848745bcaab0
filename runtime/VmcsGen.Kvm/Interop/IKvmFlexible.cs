namespace VmcsGen.Kvm.Interop;

/// <summary>
/// A KVM struct that ends in an array of as many entries as there is room for: the struct itself is the header, a
/// <see cref="KvmBuffer{THeader, TEntry}"/> holds header and entries.
/// </summary>
/// <typeparam name="TEntry">Type of an entry.</typeparam>
public interface IKvmFlexible<TEntry>
    where TEntry : unmanaged
{
    /// <summary>Where the first entry begins, in bytes from the start of the header. May be less than the header's size.</summary>
    static abstract int EntriesOffset { get; }

    /// <summary>Whether a member of the header counts the entries. If not, KVM knows their number from elsewhere.</summary>
    static abstract bool HasCount { get; }

    /// <summary>The header's member that counts the entries; 0 and not settable if there is none.</summary>
    ulong Count { get; set; }
}
