using System.Collections.Generic;

namespace VmcsGen.Vmm;

/// <summary>What a guest is told when it is started.</summary>
public sealed record BootInformation
{
    /// <summary>What is where in the guest's address space.</summary>
    public required IReadOnlyList<MemoryMapRange> MemoryMap { get; init; }

    /// <summary>The command line.</summary>
    public CommandLine CommandLine { get; init; } = new();

    /// <summary>An initial file system, or for multiboot a module.</summary>
    public ImageFile? InitialFileSystem { get; init; }

    /// <summary>Guest physical address of the ACPI root pointer; 0 for none.</summary>
    public ulong AcpiRootPointer { get; init; }
}
