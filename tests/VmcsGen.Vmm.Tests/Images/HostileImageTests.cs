using System;
using System.Collections.Generic;
using CsCheck;
using VmcsGen.Kvm;
using VmcsGen.Kvm.Tests.Testing;
using VmcsGen.Vmm.Tests.Testing;
using Xunit;

namespace VmcsGen.Vmm.Tests.Images;

[Trait("Needs", "Kvm")]
public class HostileImageTests
{
    private const ulong MemorySize = 4 << 20;

    private static readonly ulong[] s_interesting = [0, 1, ulong.MaxValue, 0x7FFF_FFFF, 0xFFFF_FFFF, 1UL << 63, 0x10_0000];

    [Theory]
    [InlineData("bzImage")]
    [InlineData("vmlinux")]
    [InlineData("pvh")]
    [InlineData("multiboot")]
    public void Mutated_file_is_loaded_or_refused_with_an_offset(string kind)
    {
        var image = kind switch
        {
            "bzImage" => ImageBytes.BzImage(new byte[64]),
            "vmlinux" => ImageBytes.Elf64(new byte[64], hasPvhNote: false),
            "pvh" => ImageBytes.Elf64(new byte[64], hasPvhNote: true),
            _ => ImageBytes.Multiboot(new byte[64]),
        };
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using PcMemory memory = new(vm, MemorySize);
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var cases = 0;

        // Bytes, and words of interesting values, anywhere or in the headers; perhaps cut short.
        var change = Gen.Select(
            Gen.OneOf(Gen.Int[0, image.Length - 8], Gen.Int[0, 0x280]),
            Gen.OneOf(Gen.ULong, Gen.Int[0, s_interesting.Length - 1].Select(static i => s_interesting[i])),
            Gen.Int[0, 3].Select(static shift => 1 << shift)
        );
        Gen.Select(change.List[1, 6], Gen.Frequency((4, Gen.Const(image.Length)), (1, Gen.Int[0, image.Length])))
            .Sample(
                (changes, length) =>
                {
                    var bytes = Mutate(image, changes)[..length];
                    Load(vm.Memory, bytes, memory.Map);
                    cases++;
                },
                iter: TestHost.Many(20_000, 500),
                threads: 1
            );

        // What a file says must not make the loader allocate much.
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - allocated) / cases, 0, 2 << 20);
    }

    private static byte[] Mutate(byte[] image, List<(int Offset, ulong Value, int Size)> changes)
    {
        var bytes = (byte[])image.Clone();
        foreach (var (offset, value, size) in changes)
        {
            for (var i = 0; i < size && offset + i < bytes.Length; i++)
                bytes[offset + i] = (byte)(value >> (8 * i));
        }
        return bytes;
    }

    private static void Load(GuestPhysicalMemory memory, byte[] bytes, IReadOnlyList<MemoryMapRange> map)
    {
        try
        {
            var image = GuestImage.Parse(ImageFile.FromMemory("hostile", bytes));
            GuestBoot.Prepare(
                memory,
                image,
                new BootInformation { MemoryMap = map, InitialFileSystem = ImageFile.FromMemory("files", new byte[100]) }
            );
        }
        catch (ImageException e)
        {
            Assert.NotEmpty(e.Message);
        }
        catch (ArgumentException e) when (e.Message.Contains("without a boot protocol", StringComparison.Ordinal))
        {
            // It became an ELF file that cannot be told of the files.
        }
    }
}
