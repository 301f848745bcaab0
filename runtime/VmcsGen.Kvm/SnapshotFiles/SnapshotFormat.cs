using System;

namespace VmcsGen.Kvm;

/// <summary>What writer and reader of a snapshot agree on. See docs/snapshot-format.md.</summary>
internal static class SnapshotFormat
{
    /// <summary>What is written.</summary>
    internal const uint Version = 2;

    /// <summary>What was written before, and is read.</summary>
    internal const uint FirstVersion = 1;

    /// <summary>The magic, the version and a reserved word.</summary>
    internal const int HeaderSize = 16;

    /// <summary>Of version 1: a tag and the length of what follows.</summary>
    internal const int FirstSectionHeaderSize = 8;

    /// <summary>A tag, the checksum and the length of what follows.</summary>
    internal const int SectionHeaderSize = 16;

    /// <summary>Sections begin at multiples of this.</summary>
    internal const int Alignment = 8;

    /// <summary>Of version 1: index and first page in front of the bytes of pages.</summary>
    internal const int PagesHeaderSize = 16;

    /// <summary>Of version 1, the largest section: a reader never needs more room than this for one.</summary>
    internal const int LongestFirstSection = PagesHeaderSize + 256 * GuestMemory.PageSize;

    /// <summary>The largest section, pages apart.</summary>
    internal const int LongestSection = 0x400_0000;

    /// <summary>As many extents, or checksums of pages, as are written in one section.</summary>
    internal const int MostRecords = 0x1_0000;

    /// <summary>Guest physical addresses have 52 bits at most. Source: SDM 1 3.3.</summary>
    internal const ulong LargestMemory = 1ul << 52;

    /// <summary>As many vCPUs as any KVM on x86 can have. Source: KVM_MAX_VCPUS of Linux 6.18.</summary>
    internal const int MostVcpus = 4096;

    internal static ReadOnlySpan<byte> Magic => "VmcsSnap"u8;

    /// <summary>What a section's content is followed by, so that the next begins where it may.</summary>
    internal static int PaddingOf(ulong length) => (int)(0 - length & Alignment - 1);

    /// <summary>The bytes up to the next page.</summary>
    internal static int PagePaddingOf(ulong position) => (int)(0 - position & GuestMemory.PageSize - 1);
}
