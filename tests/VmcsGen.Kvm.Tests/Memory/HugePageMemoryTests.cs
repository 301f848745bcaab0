using System;
using System.Globalization;
using System.IO;
using System.Linq;
using VmcsGen.Kvm.Interop;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Memory;

public class HugePageMemoryTests
{
    private const ulong Huge = GuestMemory.HugePageSize;
    private const string Pool = "/sys/kernel/mm/hugepages/hugepages-2048kB";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Huge_pages_that_the_host_has_reserved_are_given_and_others_are_refused_with_the_remedy(bool isShared)
    {
        GuestMemory Allocate() => isShared ? GuestMemory.AllocateShared(Huge, Huge) : GuestMemory.Allocate(Huge, Huge);
        var free = Read("free_hugepages") - Read("resv_hugepages");

        if (free <= 0)
        {
            var before = KvmResources.Count();
            var refusal = Assert.Throws<KvmException>(Allocate);
            Assert.Equal(("mmap", Errno.ENOMEM), (refusal.Operation, refusal.Errno));
            Assert.Contains("1 huge pages of 2048 kB are needed", refusal.Remedy!, StringComparison.Ordinal);
            Assert.Contains($"{Pool}/nr_hugepages", refusal.Remedy!, StringComparison.Ordinal);
            Assert.Equal(before, KvmResources.Count());
            return;
        }

        using (var memory = Allocate())
        {
            Assert.Equal(free - 1, Read("free_hugepages") - Read("resv_hugepages")); // Taken before it is touched.
            Assert.Equal(0u, KvmResources.AddressOf(memory) % Huge);
            using var guest = Guest.Create(
                GuestMode.LongUser,
                static code =>
                {
                    code.mov(__dword_ptr.fs[0x10], 0x1122_3344);
                    code.@out(0x11, al);
                }
            );
            guest.Vm.MapMemory(guest.Window, memory);
            guest.RunToOut(0x11);
            Assert.Equal(0x1122_3344, memory.Read<int>(0x10));
            if (isShared)
            {
                using var again = GuestMemory.MapFile(memory.File!, GuestFileMapping.Shared);
                Assert.Equal(0x1122_3344, again.Read<int>(0x10));
                Assert.Throws<ArgumentOutOfRangeException>(() => GuestMemory.MapFile(memory.File!, GuestFileMapping.Shared, 0, 4096));
                Assert.Throws<ArgumentOutOfRangeException>(() => GuestMemory.MapFile(memory.File!, GuestFileMapping.Shared, 4096));
            }
        }
        Assert.Equal(free, Read("free_hugepages") - Read("resv_hugepages"));
    }

    [Theory]
    [InlineData(false, "mmap")]
    [InlineData(true, "memfd_create")]
    public void Size_of_pages_that_the_host_does_not_have_is_refused_with_those_it_has(bool isShared, string call)
    {
        const ulong Odd = 0x100_0000;

        var refusal = Assert.Throws<KvmException>(() => isShared ? GuestMemory.AllocateShared(Odd, Odd) : GuestMemory.Allocate(Odd, Odd));

        Assert.Equal(call, refusal.Operation);
        Assert.Contains("no pages of 16384 kB", refusal.Remedy!, StringComparison.Ordinal);
        Assert.Contains("2048 kB", refusal.Remedy!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Huge, 0, "pageSize")]
    [InlineData(Huge, 1024, "pageSize")]
    [InlineData(Huge, 3 * 4096, "pageSize")]
    [InlineData(Huge + 4096, Huge, "size")]
    [InlineData(0, Huge, "size")]
    public void Size_must_be_a_multiple_of_the_pages_and_those_a_power_of_2(ulong size, ulong pageSize, string parameter)
    {
        Assert.Equal(parameter, Assert.Throws<ArgumentOutOfRangeException>(() => GuestMemory.Allocate(size, pageSize)).ParamName);
        Assert.Equal(parameter, Assert.Throws<ArgumentOutOfRangeException>(() => GuestMemory.AllocateShared(size, pageSize)).ParamName);
    }

    [Fact]
    public void Transparent_huge_pages_are_a_matter_of_advice()
    {
        using var memory = GuestMemory.Allocate(8 * Huge);

        memory.Advise(GuestMemoryAdvice.HugePages);
        Assert.Contains(" hg ", FlagsOf(memory), StringComparison.Ordinal);
        memory.Advise(GuestMemoryAdvice.NoHugePages);
        Assert.Contains(" nh ", FlagsOf(memory), StringComparison.Ordinal);
        memory.Advise(GuestMemoryAdvice.NotDumped);
        Assert.Contains(" dd ", FlagsOf(memory), StringComparison.Ordinal);
        memory.Advise(GuestMemoryAdvice.Dumped);
        Assert.DoesNotContain(" dd ", FlagsOf(memory), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Huge)]
    [InlineData(Huge + 4096)]
    [InlineData(5 * Huge - 4096)]
    public void Memory_in_which_huge_pages_fit_begins_where_one_may_and_takes_no_more_addresses(ulong size)
    {
        const int Count = 64;
        var before = AddressSpace();
        var memories = Enumerable.Range(0, Count).Select(_ => GuestMemory.Allocate(size)).ToList();
        var taken = AddressSpace() - before;

        Assert.All(memories, static memory => Assert.Equal(0UL, KvmResources.AddressOf(memory) % Huge));
        memories.ForEach(static memory => memory.Write(memory.Size - 8, 1UL));
        memories.ForEach(static memory => memory.Dispose());
        // Half of a huge page each is what alignment alone would leave behind on average; the runtime may take some meanwhile.
        Assert.InRange(taken, 0UL, Count * (size + Huge / 4));
    }

    [Fact]
    public void Advice_that_the_kernel_does_not_know_is_refused()
    {
        using var memory = GuestMemory.Allocate(Huge);

        var refusal = Assert.Throws<KvmException>(() => memory.Advise((GuestMemoryAdvice)12345));

        Assert.Equal(("madvise", Errno.EINVAL), (refusal.Operation, refusal.Errno));
        memory.Dispose();
        Assert.Throws<ObjectDisposedException>(() => memory.Advise(GuestMemoryAdvice.HugePages));
    }

    private static long Read(string file) => long.Parse(File.ReadAllText(Path.Combine(Pool, file)), CultureInfo.InvariantCulture);

    // Bytes of this process's address space. Source: proc(5), statm.
    private static ulong AddressSpace() =>
        ulong.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[0], CultureInfo.InvariantCulture) * 4096;

    // Linux tells by two letters each what it does with a mapping. Source: proc(5).
    private static string FlagsOf(GuestMemory memory)
    {
        var address = KvmResources.AddressOf(memory);
        var isWithin = false;
        foreach (var line in File.ReadLines("/proc/self/smaps"))
        {
            var range = line.Split(' ')[0].Split('-');
            if (range.Length == 2 && ulong.TryParse(range[0], NumberStyles.HexNumber, null, out var from))
                isWithin = from <= address && address < ulong.Parse(range[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            else if (isWithin && line.StartsWith("VmFlags:", StringComparison.Ordinal))
                return line + " ";
        }
        return "";
    }
}
