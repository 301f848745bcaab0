using System;
using System.IO;
using System.Linq;
using System.Threading;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Supply;

/// <summary>What supplying takes of the host, and that nothing of it is left.</summary>
public class SupplyResourceTests
{
    private const int Page = GuestMemory.PageSize;
    private const int Pages = 100;

    [Fact]
    public void Disposed_memory_does_not_wait_for_its_source_and_leaves_nothing()
    {
        PatternSource.Require();
        var before = Descriptors();
        using var isAsked = new ManualResetEventSlim();
        using var mayAnswer = new ManualResetEventSlim();
        var memory = GuestMemory.AllocateSupplied(
            Pages * Page,
            new PatternSource
            {
                Before = _ =>
                {
                    isAsked.Set();
                    mayAnswer.Wait();
                },
            }
        );
        var supply = memory.Supply!;
        var background = new Thread(() => supply.SupplyAll());
        background.Start();
        isAsked.Wait();
        var (address, size) = (KvmResources.AddressOf(memory), memory.Size);

        memory.Dispose();

        Assert.False(KvmResources.IsMapped(address, size));
        mayAnswer.Set();
        background.Join();
        Assert.Equal(before, Descriptors());
    }

    [Fact]
    public void Whole_memory_needs_no_descriptor_any_more()
    {
        PatternSource.Require();
        var before = Descriptors();
        using var memory = GuestMemory.AllocateSupplied(Pages * Page, new PatternSource());
        Assert.Equal(before + 2, Descriptors(memories: 1));

        memory.Supply!.SupplyAll();

        Assert.Equal(before, Descriptors());
        Assert.Equal(PatternSource.WordAt(8), memory.Read<ulong>(8));
    }

    [Theory]
    [InlineData("userfaultfd", "open", Errno.EPERM, "CAP_SYS_PTRACE")]
    [InlineData("userfaultfd", "open", Errno.ENOSYS, "CONFIG_USERFAULTFD")]
    [InlineData("eventfd", null, Errno.EMFILE, "ulimit -n")]
    [InlineData("mmap", null, Errno.ENOMEM, "vm.max_map_count")]
    public void Refusal_names_the_remedy_and_leaves_nothing(string call, string? instead, Errno errno, string remedy)
    {
        PatternSource.Require();
        var before = Descriptors();
        using var fault = LibcFault.OfCalls((instead ?? call, instead is null ? errno : Errno.ENOENT), (call, errno));

        var told = Assert.Throws<KvmException>(() => GuestMemory.AllocateSupplied(Pages * Page, new PatternSource()));

        Assert.Equal(errno, told.Errno);
        Assert.Contains(remedy, told.Message, StringComparison.Ordinal);
        Assert.Equal(before, Descriptors());
    }

    [Theory]
    [InlineData(0xC018_AA3F)]
    [InlineData(0xC020_AA00)]
    public void Refused_step_of_the_kernel_leaves_nothing(uint request)
    {
        PatternSource.Require();
        var before = Descriptors();
        using var fault = LibcFault.OfIoctl(request, Errno.EINVAL);

        Assert.Equal(
            Errno.EINVAL,
            Assert.Throws<KvmException>(() => GuestMemory.AllocateSupplied(Pages * Page, new PatternSource())).Errno
        );

        Assert.Equal(before, Descriptors());
    }

    // What supplying holds, when as many memories as this are still being supplied.
    private static int Descriptors(int memories = 0)
    {
        var isSettled = SpinWait.SpinUntil(() => Threads() <= memories, TimeSpan.FromMinutes(1));
        Assert.True(isSettled, "A thread is left that supplies memory which is gone, or whole.");
        return Directory
            .EnumerateFiles("/proc/self/fd")
            .Count(static link => TargetOf(link) is "anon_inode:[userfaultfd]" or "anon_inode:[eventfd]");
    }

    private static int Threads() =>
        Directory.EnumerateDirectories("/proc/self/task").Count(static task => NameOf(task) == "Guest memory\n");

    private static string NameOf(string task)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, "comm"));
        }
        catch (IOException)
        {
            return ""; // It has ended.
        }
    }

    private static string? TargetOf(string link)
    {
        try
        {
            return new FileInfo(link).LinkTarget;
        }
        catch (IOException)
        {
            return null; // It was closed.
        }
    }
}
