using System.ComponentModel;
using System.Linq;
using System.Reflection;
using Xunit;

namespace VmcsGen.Kvm.Tests.Interop;

public class PreferredMethodTests
{
    [Theory]
    [InlineData(typeof(KvmVm), "Irqfd")]
    [InlineData(typeof(KvmVm), "Ioeventfd")]
    [InlineData(typeof(KvmVm), "RegisterCoalescedMmio")]
    [InlineData(typeof(KvmVm), "UnregisterCoalescedMmio")]
    [InlineData(typeof(KvmVcpu), "SetMsrs")]
    [InlineData(typeof(KvmVcpu), "Translate")]
    [InlineData(typeof(KvmVcpu), "Interrupt")]
    [InlineData(typeof(KvmVcpu), "SetGuestDebug")]
    public void Raw_ioctl_with_a_friendly_counterpart_stands_back_in_completion(System.Type type, string method) =>
        Assert.Equal(
            EditorBrowsableState.Advanced,
            Assert.Single(type.GetMethods(), found => found.Name == method).GetCustomAttribute<EditorBrowsableAttribute>()?.State
        );

    [Theory]
    [InlineData("SetGsiRouting")]
    [InlineData("SignalMsi")]
    public void One_of_two_overloads_stands_back(string method) =>
        Assert.Equal(
            [null, EditorBrowsableState.Advanced],
            typeof(KvmVm)
                .GetMethods()
                .Where(found => found.Name == method)
                .Select(static found => found.GetCustomAttribute<EditorBrowsableAttribute>()?.State)
                .Order()
        );
}
