using System;
using System.Runtime.CompilerServices;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>Multiboot 1. Source: Multiboot Specification 0.6.96, 3.2 and 3.3.</summary>
internal static class MultibootBoot
{
    private const uint Magic = 0x2BAD_B002;
    private const uint HasMemory = 0x1;
    private const uint HasCommandLine = 0x4;
    private const uint HasModules = 0x8;
    private const uint HasMemoryMap = 0x40;
    private const ulong Kib = 1024;
    private const ulong Mib = Kib * Kib;

    internal static GuestStart Prepare(GuestPhysicalMemory memory, GuestImage image, BootInformation information, InitialFileSystem files)
    {
        var list = BootLayout.Lists;
        MultibootInfo info = new() { Flags = HasMemory | HasCommandLine | HasMemoryMap, Cmdline = (uint)BootLayout.CommandLine };
        if (files.Size > 0)
        {
            info.Flags |= HasModules;
            info.ModsCount = 1;
            info.ModsAddr = (uint)list;
            memory.Write(
                list,
                new MultibootModList
                {
                    ModStart = (uint)files.Address,
                    ModEnd = (uint)(files.Address + files.Size),
                    Cmdline = (uint)BootLayout.CommandLine,
                }
            );
            list += (ulong)Unsafe.SizeOf<MultibootModList>();
        }
        info.MmapAddr = (uint)list;
        var size = Unsafe.SizeOf<MultibootMmapEntry>();
        foreach (var range in information.MemoryMap)
        {
            if (range.Kind == MemoryKind.Usable && range.Address == 0)
                info.MemLower = (uint)(Math.Min(range.Size, Mib) / Kib);
            if (range.Kind == MemoryKind.Usable && range.Address == Mib)
                info.MemUpper = (uint)(range.Size / Kib);
            memory.Write(
                list,
                new MultibootMmapEntry
                {
                    Size = (uint)(size - sizeof(uint)), // It does not count itself.
                    Addr = range.Address,
                    Len = range.Size,
                    Type = (uint)range.Kind,
                }
            );
            list += (ulong)size;
            info.MmapLength += (uint)size;
        }
        memory.Write(BootLayout.Information, info);
        InterruptHandlers.Write(memory);
        return new GuestStart
        {
            Protocol = BootProtocol.Multiboot,
            Entry = image.Entry,
            Rax = Magic,
            Rbx = BootLayout.Information,
        };
    }
}
