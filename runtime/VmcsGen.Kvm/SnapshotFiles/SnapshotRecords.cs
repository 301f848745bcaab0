using System;

namespace VmcsGen.Kvm;

// The sections of a snapshot that are structs of its own and not of the kernel.

/// <summary>The section of a slot.</summary>
internal readonly record struct SlotRecord(
    uint Number,
    KvmMemoryRegionFlags Flags,
    ulong GuestPhysicalAddress,
    uint MemoryIndex,
    uint Reserved
);

/// <summary>Of version 1: what a section of pages begins with.</summary>
internal readonly record struct PagesRecord(uint MemoryIndex, uint Reserved, ulong FirstPage);

/// <summary>Who the snapshot is, and whose pages go on where it has none.</summary>
internal readonly record struct IdentityRecord(Guid Id, Guid BaseId);

/// <summary>Pages that follow each other, in a memory and in the file; without a place in the file they hold zeros.</summary>
internal readonly record struct ExtentRecord(uint MemoryIndex, uint Reserved, ulong FirstPage, ulong PageCount, ulong Place);

/// <summary>A capability that a host has.</summary>
internal readonly record struct CapabilityRecord(uint Number, int Value);
