using System.Runtime.CompilerServices;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>The PVH protocol. Source: Xen docs/misc/pvh.pandoc.</summary>
internal static class PvhBoot
{
    private const uint Magic = 0x336E_C578;
    private const uint VersionWithMemoryMap = 1;

    internal static GuestStart Prepare(GuestPhysicalMemory memory, GuestImage image, BootInformation information, InitialFileSystem files)
    {
        var list = BootLayout.Lists;
        HvmStartInfo start = new()
        {
            Magic = Magic,
            Version = VersionWithMemoryMap,
            CmdlinePaddr = BootLayout.CommandLine,
            RsdpPaddr = information.AcpiRootPointer,
        };
        if (files.Size > 0)
        {
            start.NrModules = 1;
            start.ModlistPaddr = list;
            memory.Write(list, new HvmModlistEntry { Paddr = files.Address, Size = files.Size });
            list += (ulong)Unsafe.SizeOf<HvmModlistEntry>();
        }
        start.MemmapPaddr = list;
        start.MemmapEntries = (uint)information.MemoryMap.Count;
        foreach (var range in information.MemoryMap)
        {
            memory.Write(
                list,
                new HvmMemmapTableEntry
                {
                    Addr = range.Address,
                    Size = range.Size,
                    Type = (uint)range.Kind,
                }
            );
            list += (ulong)Unsafe.SizeOf<HvmMemmapTableEntry>();
        }
        memory.Write(BootLayout.Information, start);
        return new GuestStart
        {
            Protocol = BootProtocol.Pvh,
            Entry = image.Entry,
            Rbx = BootLayout.Information,
        };
    }
}
