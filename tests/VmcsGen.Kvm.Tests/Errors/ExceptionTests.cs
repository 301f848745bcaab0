using System;
using System.Linq;
using Xunit;

namespace VmcsGen.Kvm.Tests.Errors;

public class ExceptionTests
{
    [Fact]
    public void Every_exception_of_the_library_is_a_SystemCallException() =>
        Assert.All(
            typeof(KvmVm).Assembly.GetExportedTypes().Where(static type => type.IsSubclassOf(typeof(Exception))),
            static type => Assert.True(type.IsAssignableTo(typeof(SystemCallException)), type.Name)
        );

    [Fact]
    public void Hole_in_guest_memory_is_told_as_the_kernel_does()
    {
        using var host = KvmHost.Open();
        using var vm = host.CreateVm();
        KvmException refusal = Assert.Throws<GuestMemoryException>(() => vm.Memory.Read<int>(0x5000));

        Assert.Equal((Errno.EFAULT, "access to guest memory"), (refusal.Errno, refusal.Operation));
        Assert.Contains("0x5000", refusal.Message, StringComparison.Ordinal);
    }
}
