using System;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>Linux's 64-bit boot protocol. Source: Linux Documentation/arch/x86/boot.rst.</summary>
internal static class LinuxBoot
{
    private const byte LoaderWithoutNumber = 0xFF;

    internal static GuestStart Prepare(GuestPhysicalMemory memory, LinuxImage image, BootInformation information, InitialFileSystem files)
    {
        BootParams parameters = new() { Hdr = image.Header, AcpiRsdpAddr = information.AcpiRootPointer };
        parameters.Hdr.TypeOfLoader = LoaderWithoutNumber;
        parameters.Hdr.CmdLinePtr = (uint)BootLayout.CommandLine;
        parameters.Hdr.RamdiskImage = (uint)files.Address;
        parameters.Hdr.RamdiskSize = (uint)files.Size;
        parameters.ExtRamdiskImage = (uint)(files.Address >> 32);
        parameters.ExtRamdiskSize = (uint)(files.Size >> 32);

        Span<BootE820Entry> map = parameters.E820Table;
        for (var i = 0; i < information.MemoryMap.Count; i++)
        {
            var range = information.MemoryMap[i];
            map[i] = new BootE820Entry
            {
                Addr = range.Address,
                Size = range.Size,
                Type = (uint)range.Kind,
            };
        }
        parameters.E820Entries = (byte)information.MemoryMap.Count;
        memory.Write(BootLayout.Information, parameters);
        return new GuestStart
        {
            Protocol = BootProtocol.Linux64,
            Entry = image.Entry,
            Rsi = BootLayout.Information,
        };
    }
}
