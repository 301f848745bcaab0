using System;
using System.IO;
using System.Linq;
using Microsoft.Win32.SafeHandles;
using VmcsGen.Kvm.Interop;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Memory;

/// <summary>Guest memory that is a file: of the file system, or one that exists in memory only.</summary>
public sealed class FileMemory : IDisposable
{
    private const uint Page = GuestMemory.PageSize;
    private const byte Port = 0x11;

    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Theory, MemberData(nameof(Modes.All), MemberType = typeof(Modes))]
    public void What_the_guest_writes_to_a_shared_file_is_in_the_file(GuestMode mode)
    {
        File.WriteAllBytes(_path, Pattern(2 * Page));
        using (var guest = CreateIncrementing(mode))
        {
            using var memory = GuestMemory.MapFile(_path, GuestFileMapping.Shared);
            guest.Vm.MapMemory(guest.Window, memory);

            Assert.Equal(BitConverter.ToUInt32(Pattern(2 * Page), 0x10) + 1, guest.RunToOut(Port));
        }

        var expected = Pattern(2 * Page);
        BitConverter.TryWriteBytes(expected.AsSpan(0x10), BitConverter.ToUInt32(expected, 0x10) + 1);
        Assert.Equal(expected, File.ReadAllBytes(_path));
    }

    [Theory, MemberData(nameof(Modes.All), MemberType = typeof(Modes))]
    public void What_the_guest_writes_to_a_copy_on_write_file_is_not_in_the_file(GuestMode mode)
    {
        File.WriteAllBytes(_path, Pattern(2 * Page));
        File.SetUnixFileMode(_path, UnixFileMode.UserRead);
        using var guest = CreateIncrementing(mode);
        using var memory = GuestMemory.MapFile(_path, GuestFileMapping.CopyOnWrite);
        guest.Vm.MapMemory(guest.Window, memory);
        var first = BitConverter.ToUInt32(Pattern(2 * Page), 0x10);

        Assert.Equal(first + 1, guest.RunToOut(Port));
        Assert.Equal(first + 2, guest.RunToOut(Port));

        Assert.Equal(first + 2, memory.Read<uint>(0x10));
        Assert.Equal(Pattern(2 * Page), File.ReadAllBytes(_path));
    }

    [Theory, MemberData(nameof(Modes.All), MemberType = typeof(Modes))]
    public void File_in_a_read_only_slot_is_a_ROM(GuestMode mode)
    {
        File.WriteAllBytes(_path, Pattern(Page));
        using var guest = CreateIncrementing(mode, KvmCapability.ReadonlyMem);
        using var memory = GuestMemory.MapFile(_path, GuestFileMapping.CopyOnWrite);
        guest.Vm.MapMemory(guest.Window, memory, KvmMemoryRegionFlags.Readonly);
        var value = BitConverter.ToUInt32(Pattern(Page), 0x10);

        var write = guest.RunTo(KvmExitReason.Mmio).Mmio;
        Assert.True(write.IsWrite);
        Assert.Equal(guest.Window + 0x10, write.Address);
        Assert.Equal(value + 1, write.Value);

        Assert.Equal(value, guest.RunToOut(Port));
        Assert.Equal(Pattern(Page), File.ReadAllBytes(_path));
    }

    [Fact]
    public void Part_of_a_file_may_be_mapped()
    {
        File.WriteAllBytes(_path, Pattern(4 * Page));

        using var middle = GuestMemory.MapFile(_path, GuestFileMapping.CopyOnWrite, Page, 2 * Page);
        using var rest = GuestMemory.MapFile(_path, GuestFileMapping.CopyOnWrite, Page);

        Assert.Equal(Pattern(4 * Page)[(int)Page..(int)(3 * Page)], middle.Span.ToArray());
        Assert.Equal(3 * Page, rest.Size);
        Assert.Equal(Page, rest.FileOffset);
    }

    [Fact]
    public void Last_page_is_zero_where_the_file_does_not_fill_it()
    {
        File.WriteAllBytes(_path, Pattern(Page + 10));

        using var memory = GuestMemory.MapFile(_path, GuestFileMapping.Shared);
        memory.Write(Page + 20, 7);

        Assert.Equal(2 * Page, memory.Size);
        Assert.Equal(Pattern(Page + 10), memory.GetSpan(0, (int)Page + 10).ToArray());
        Assert.False(memory.GetSpan(Page + 10, 10).ContainsAnyExcept((byte)0));
        Assert.Equal(Pattern(Page + 10), File.ReadAllBytes(_path));
    }

    [Theory]
    [InlineData(1, null, "offset")] // Within a page.
    [InlineData(8192, null, "offset")] // At the file's end.
    [InlineData(0x8000_0000_0000_0000, null, "offset")]
    [InlineData(0, 12288ul, "size")] // A page more than the file has.
    [InlineData(4096, 8192ul, "size")]
    [InlineData(4096, 0xFFFF_FFFF_FFFF_F000, "size")] // Would wrap around.
    [InlineData(0, 0ul, "size")]
    [InlineData(0, 4097ul, "size")]
    public void Range_beyond_the_file_or_not_of_pages_is_refused(ulong offset, ulong? size, string parameter)
    {
        File.WriteAllBytes(_path, Pattern(2 * Page));

        var refusal = Assert.Throws<ArgumentOutOfRangeException>(() =>
            GuestMemory.MapFile(_path, GuestFileMapping.CopyOnWrite, offset, size)
        );

        Assert.Equal(parameter, refusal.ParamName);
        Assert.Equal(0, OpenFiles(_path));
    }

    [Fact]
    public void Empty_file_and_what_is_no_file_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => GuestMemory.MapFile(_path, GuestFileMapping.Shared));
        Assert.Throws<FileNotFoundException>(() => GuestMemory.MapFile(_path + ".absent", GuestFileMapping.Shared));
        Assert.Throws<UnauthorizedAccessException>(() => GuestMemory.MapFile(Path.GetTempPath(), GuestFileMapping.Shared));
        Assert.Throws<ArgumentOutOfRangeException>(() => GuestMemory.MapFile(_path, 0));
        Assert.Equal(0, OpenFiles(_path));
    }

    [Fact]
    public void File_that_is_not_open_for_writing_cannot_be_shared_and_the_message_says_so()
    {
        File.WriteAllBytes(_path, Pattern(Page));
        using var readOnly = File.OpenHandle(_path);

        var refusal = Assert.Throws<KvmException>(() => GuestMemory.MapFile(readOnly, GuestFileMapping.Shared));

        Assert.Equal(("mmap", Errno.EACCES), (refusal.Operation, refusal.Errno));
        Assert.Contains("for writing too", refusal.Remedy!, StringComparison.Ordinal);
        Assert.Equal(1, OpenFiles(_path));
        using var copy = GuestMemory.MapFile(readOnly, GuestFileMapping.CopyOnWrite);
        Assert.Equal(Pattern(Page), copy.Span.ToArray());
    }

    [Fact]
    public void Shared_memory_has_a_file_by_which_it_can_be_mapped_again()
    {
        using var first = GuestMemory.AllocateShared(2 * Page, name: "vmcsgen-test");
        using var second = GuestMemory.MapFile(first.File!, GuestFileMapping.Shared, Page);

        first.Write(Page + 8, 0x1234);
        second.Write(16, 0x5678);

        Assert.Equal(0x1234, second.Read<int>(8));
        Assert.Equal(0x5678, first.Read<int>(Page + 16));
        Assert.Equal(Page, second.FileOffset);
        Assert.NotEqual(first.File!.DangerousGetHandle(), second.File!.DangerousGetHandle());
        Assert.Contains(File.ReadLines("/proc/self/maps"), static line => line.Contains("/memfd:vmcsgen-test", StringComparison.Ordinal));
        Assert.Null(GuestMemoryOfProcess().File);

        static GuestMemory GuestMemoryOfProcess()
        {
            using var memory = GuestMemory.Allocate(Page);
            return memory;
        }
    }

    [Fact]
    public void Size_of_shared_memory_is_sealed()
    {
        using var memory = GuestMemory.AllocateShared(2 * Page);

        using var held = new HeldDescriptor(memory.File);
        Assert.Equal(-1, Libc.SetLength(held.Number, Page));
        Assert.Equal(Errno.EPERM, Libc.LastErrno);
        Assert.Equal(-1, Libc.SetLength(held.Number, 4 * Page));
        Assert.Equal(Errno.EPERM, Libc.LastErrno);
    }

    [Theory, MemberData(nameof(Modes.All), MemberType = typeof(Modes))]
    public void Two_VMs_meet_in_shared_memory(GuestMode mode)
    {
        using var first = CreateIncrementing(mode);
        using var second = CreateIncrementing(mode);
        using var memory = GuestMemory.AllocateShared(Page);
        using var again = GuestMemory.MapFile(memory.File!, GuestFileMapping.Shared);
        first.Vm.MapMemory(first.Window, memory);
        second.Vm.MapMemory(second.Window, again);

        for (var i = 1u; i < 10; i += 2)
        {
            Assert.Equal(i, first.RunToOut(Port));
            Assert.Equal(i + 1, second.RunToOut(Port));
        }
    }

    [Fact]
    public void Guest_memfd_that_can_be_mapped_is_seen_as_the_private_memory_of_its_slot()
    {
        const KvmGuestMemfdFlags Shared = KvmGuestMemfdFlags.Mmap | KvmGuestMemfdFlags.InitShared;
        using var guest = CreateIncrementing(
            GuestMode.LongUser,
            KvmCapability.GuestMemfd,
            KvmCapability.UserMemory2,
            KvmCapability.GuestMemfdFlags
        );
        Assert.SkipUnless(
            ((KvmGuestMemfdFlags)guest.Vm.Check(KvmCapability.GuestMemfdFlags)).HasFlag(Shared),
            "This KVM shares no guest_memfd."
        );
        using var file = guest.Vm.CreateGuestMemfd(2 * Page, Shared);
        using var memory = GuestMemory.MapFile(file, GuestFileMapping.Shared, Page);
        guest.Vm.MapMemory(guest.Window, memory, file, Page);

        Assert.Equal(1u, guest.RunToOut(Port));
        Assert.Equal(1u, guest.Vm.Memory.Read<uint>(guest.Window + 0x10));
        guest.Vm.Memory.Write(guest.Window + 0x10, 41u);
        Assert.Equal(42u, guest.RunToOut(Port));
    }

    [Theory]
    [InlineData("memfd_create")]
    [InlineData("ftruncate")]
    [InlineData("fcntl")]
    [InlineData("mmap")]
    public void Shared_memory_that_fails_halfway_leaves_nothing_behind(string call)
    {
        using (LibcFault.Of(call, Errno.ENOMEM))
        {
            var refusal = Assert.Throws<KvmException>(() => GuestMemory.AllocateShared(Page, name: "half-way"));
            Assert.Equal((call, Errno.ENOMEM), (refusal.Operation, refusal.Errno));
            Assert.Contains("4096 bytes of guest memory", refusal.Message, StringComparison.Ordinal);
        }
        Assert.Equal(0, OpenFiles("half-way"));
    }

    [Theory]
    [InlineData("fcntl")]
    [InlineData("mmap")]
    public void File_that_fails_halfway_is_closed_again(string call)
    {
        File.WriteAllBytes(_path, Pattern(Page));
        using var file = File.OpenHandle(_path);

        using (LibcFault.Of(call, Errno.EMFILE))
            Assert.Equal(call, Assert.Throws<KvmException>(() => GuestMemory.MapFile(file, GuestFileMapping.CopyOnWrite)).Operation);

        Assert.Equal(1, OpenFiles(_path));
    }

    [Fact]
    public void Memory_stays_without_its_file_while_a_VM_maps_it()
    {
        File.WriteAllBytes(_path, Pattern(Page));
        using var guest = CreateIncrementing(GuestMode.LongUser);
        var memory = GuestMemory.MapFile(_path, GuestFileMapping.CopyOnWrite);
        guest.Vm.MapMemory(guest.Window, memory);

        memory.Dispose();
        File.Delete(_path);

        Assert.True(memory.File!.IsClosed);
        Assert.Equal(BitConverter.ToUInt32(Pattern(Page), 0x10) + 1, guest.RunToOut(Port));
        Assert.Throws<ObjectDisposedException>(() => GuestMemory.MapFile(memory.File!, GuestFileMapping.CopyOnWrite));
    }

    private static int OpenFiles(string name) =>
        Directory
            .EnumerateFiles("/proc/self/fd")
            .Select(static link =>
            {
                try
                {
                    return new FileInfo(link).LinkTarget ?? "";
                }
                catch (IOException)
                {
                    return "";
                }
            })
            .Count(target => target.Contains(name, StringComparison.Ordinal));

    private static byte[] Pattern(uint length)
    {
        var bytes = new byte[length];
        new Random(1).NextBytes(bytes);
        return bytes;
    }

    // Adds 1 to a number in the window and tells what is there then, for ever.
    private static Guest CreateIncrementing(GuestMode mode, params ReadOnlySpan<KvmCapability> required) =>
        Guest.Create(
            mode,
            static code =>
            {
                var loop = code.CreateLabel();
                code.Label(ref loop);
                code.mov(eax, __.fs[0x10]);
                code.inc(eax);
                code.mov(__.fs[0x10], eax);
                code.mov(eax, __.fs[0x10]);
                code.@out(Port, eax);
                code.jmp(loop);
            },
            null,
            required
        );
}
