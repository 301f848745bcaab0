using System;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>
/// Puts a program into guest memory, with what its boot protocol tells it, and says how its first processor begins. What the loader
/// leaves lies below 1 MiB.
/// </summary>
public static class GuestBoot
{
    /// <summary>Prepares a guest.</summary>
    /// <param name="memory">The guest's memory; the first MiB must be there.</param>
    /// <param name="image">The program.</param>
    /// <param name="information">What it is told.</param>
    /// <returns>The state in which its first processor begins.</returns>
    /// <exception cref="ImageException">A file has a mistake, or does not fit into the memory.</exception>
    /// <exception cref="ArgumentException">The command line or the memory map is too long, or there is nobody to tell it to.</exception>
    public static GuestStart Prepare(GuestPhysicalMemory memory, GuestImage image, BootInformation information)
    {
        ArgumentNullException.ThrowIfNull(memory);
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(information);
        var commandLine = information.CommandLine.ToBytes(Math.Min(image.LongestCommandLine, BootLayout.LongestCommandLine));
        if (IsTold(image.Protocol))
            RequireRoom(image, information);
        else
            RefuseWhatNobodyHears(image, information);
        RequireMemory(image, information);

        image.Load(memory);
        DescriptorTable.Write(memory, BootLayout.Gdt, is64Bit: image.Protocol is BootProtocol.Linux64 or BootProtocol.LongMode);
        if (image.Protocol is BootProtocol.Linux64 or BootProtocol.LongMode)
            GuestPageTables.WriteIdentityMap(memory, BootLayout.PageTables, BootLayout.Mapped);
        if (!IsTold(image.Protocol))
            return new GuestStart { Protocol = image.Protocol, Entry = image.Entry };

        memory.Write(BootLayout.CommandLine, commandLine);
        var files = InitialFileSystem.Load(memory, image, information);
        return image switch
        {
            LinuxImage linux => LinuxBoot.Prepare(memory, linux, information, files),
            { Protocol: BootProtocol.Pvh } => PvhBoot.Prepare(memory, image, information, files),
            _ => MultibootBoot.Prepare(memory, image, information, files),
        };
    }

    /// <summary>Whether the protocol tells a program anything.</summary>
    internal static bool IsTold(BootProtocol protocol) => protocol is BootProtocol.Linux64 or BootProtocol.Pvh or BootProtocol.Multiboot;

    private static void RequireRoom(GuestImage image, BootInformation information)
    {
        if (information.MemoryMap.Count > BootLayout.MostRanges)
            throw new ArgumentException(
                $"The memory map has {information.MemoryMap.Count} ranges, and a guest is told of {BootLayout.MostRanges} at most.",
                nameof(information)
            );
        foreach (var segment in image.Segments)
        {
            if (!BootLayout.HasRoomFor(segment, image.Protocol))
                throw image.File.Error(
                    segment.Offset,
                    $"The program is loaded at 0x{segment.Address:X}, below 1 MiB, where the loader keeps what it tells."
                );
        }
    }

    private static void RefuseWhatNobodyHears(GuestImage image, BootInformation information)
    {
        if (information.CommandLine.ToString().Length > 0 || information.InitialFileSystem is not null)
        {
            throw new ArgumentException(
                $"{image.File} is started in {image.Protocol} without a boot protocol: it cannot be told a command line or a file.",
                nameof(information)
            );
        }
    }

    // The kernel unpacks itself in place: all that it says it needs must be memory.
    private static void RequireMemory(GuestImage image, BootInformation information)
    {
        var start = image.Segments[0].Address;
        if (image is not LinuxImage)
            return; // Loading meets a hole by itself.
        foreach (var range in information.MemoryMap)
        {
            if (range.Kind == MemoryKind.Usable && start >= range.Address && start < range.End && image.MemorySize <= range.End - start)
                return;
        }
        throw image.File.Error(
            0x260,
            $"The kernel needs 0x{image.MemorySize:X} bytes from 0x{start:X} on, and the guest has not so much memory there. Give it more."
        );
    }
}
