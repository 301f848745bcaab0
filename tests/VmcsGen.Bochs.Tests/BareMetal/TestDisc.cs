using System;
using System.Buffers.Binary;
using System.IO;
using System.Text;
using BareMetalHypervisor;
using VmcsGen.Oracle.Tests.Support;

namespace VmcsGen.Vmx.Bochs.Tests.BareMetal;

/// <summary>A CD from which the BIOS boots a program of <c>Discs</c>, by the El Torito specification, without an emulated floppy.</summary>
internal static class TestDisc
{
    private const int Sector = 2048;
    private const int BootRecord = 17;
    private const int Terminator = 18;
    private const int Catalog = 19;
    private const int Program = 20;

    // The BIOS counts what it loads in sectors of a hard disk.
    private const int LoadedSectors = 4;

    /// <summary>Assembles the program and makes the image.</summary>
    /// <returns>The image's path.</returns>
    public static string Build(string directory, string name)
    {
        var source = Path.Combine(Repository.Root, "tests", "VmcsGen.Bochs.Tests", "BareMetal", "Discs", $"{name}.S");
        Tool.Gcc.Run(directory, "-c", source, "-o", $"{name}.o");
        Tool.Ld.Run(directory, "-Ttext=0x7C00", "--oformat", "binary", $"{name}.o", "-o", $"{name}.bin");
        var image = new byte[64 * Sector];
        Descriptor(image, 16, 1);
        Descriptor(image, BootRecord, 0);
        Encoding.ASCII.GetBytes("EL TORITO SPECIFICATION").CopyTo(image, (BootRecord * Sector) + 7);
        BinaryPrimitives.WriteInt32LittleEndian(image.AsSpan((BootRecord * Sector) + 0x47), Catalog);
        Descriptor(image, Terminator, 255);

        // The validation entry, whose words add up to 0, and the entry of what is booted.
        var catalog = image.AsSpan(Catalog * Sector);
        catalog[0] = 1;
        catalog[0x1E] = 0x55;
        catalog[0x1F] = 0xAA;
        BinaryPrimitives.WriteUInt16LittleEndian(catalog[0x1C..], 0x55AA);
        catalog[0x20] = 0x88;
        BinaryPrimitives.WriteUInt16LittleEndian(catalog[0x26..], LoadedSectors);
        BinaryPrimitives.WriteInt32LittleEndian(catalog[0x28..], Program);
        File.ReadAllBytes(Path.Combine(directory, $"{name}.bin")).CopyTo(image, Program * Sector);

        var path = Path.Combine(directory, $"{name}.iso");
        File.WriteAllBytes(path, image);
        return path;
    }

    private static void Descriptor(byte[] image, int sector, byte type)
    {
        image[sector * Sector] = type;
        Encoding.ASCII.GetBytes("CD001").CopyTo(image, (sector * Sector) + 1);
        image[(sector * Sector) + 6] = 1;
    }
}
