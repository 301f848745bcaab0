using System;

namespace VmcsGen.Kvm;

/// <summary>What writer and reader of a snapshot agree on. See docs/snapshot-format.md.</summary>
internal static class SnapshotFormat
{
    internal const uint Version = 1;

    /// <summary>The magic, the version and a reserved word.</summary>
    internal const int HeaderSize = 16;

    /// <summary>A tag and the length of what follows.</summary>
    internal const int SectionHeaderSize = 8;

    /// <summary>Index and first page in front of the bytes of pages.</summary>
    internal const int PagesHeaderSize = 16;

    /// <summary>The largest section: a reader never needs more room than this for one.</summary>
    internal const int LongestSection = PagesHeaderSize + MemoryState.MostPagesInPiece * GuestMemory.PageSize;

    /// <summary>As many vCPUs as any KVM on x86 can have. Source: KVM_MAX_VCPUS of Linux 6.18.</summary>
    internal const int MostVcpus = 4096;

    internal static ReadOnlySpan<byte> Magic => "VmcsSnap"u8;
}
