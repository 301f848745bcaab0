using System;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>Where the initial file system is.</summary>
/// <param name="Address">Its guest physical address.</param>
/// <param name="Size">Its size in bytes; 0 if there is none.</param>
internal readonly record struct InitialFileSystem(ulong Address, ulong Size)
{
    private const ulong PageSize = 0x1000;

    /// <summary>Puts the file as high below 4 GiB as the kernel allows, where it is in nobody's way.</summary>
    internal static InitialFileSystem Load(GuestPhysicalMemory memory, GuestImage image, BootInformation information)
    {
        if (information.InitialFileSystem is not { } file)
            return default;
        if (file.Length == 0)
            throw file.Error(0, "The file is empty.");
        var highest = image is LinuxImage { Header.InitrdAddrMax: > 0 and var last } ? last : (ulong)int.MaxValue;
        var imageStart = image.Segments[0].Address;
        var imageEnd = imageStart + image.MemorySize;
        ulong? best = null;
        foreach (var range in information.MemoryMap)
        {
            if (range.Kind != MemoryKind.Usable || range.Address < BootLayout.AcpiEnd)
                continue;
            var end = Math.Min(range.End, highest + 1);
            var start = range.Address;
            if (imageStart < end && imageEnd > start)
                start = imageEnd; // The image lies low in memory: behind it is more room than before it.
            if (end < start || end - start < file.Length)
                continue;
            var address = (end - file.Length) & ~(PageSize - 1);
            if (address >= start && (best is null || address > best))
                best = address;
        }
        if (best is not { } place)
            throw file.Error(
                0,
                $"The file has 0x{file.Length:X} bytes, and there is no place for it behind the kernel. Give the guest more memory."
            );
        file.CopyTo(memory, place, 0, file.Length, "the initial file system");
        return new(place, file.Length);
    }
}
