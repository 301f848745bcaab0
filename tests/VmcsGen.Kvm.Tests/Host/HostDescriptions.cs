using System;
using System.Linq;
using System.Reflection;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Host;

public class HostDescriptions
{
    [Fact]
    public void Every_capability_is_described_with_the_value_that_the_host_answers()
    {
        using var host = TestHost.Open();

        var description = host.Describe();

        Assert.Equal(Enum.GetValues<KvmCapability>(), description.Capabilities.Select(static c => c.Capability));
        Assert.All(description.Capabilities, capability => Assert.Equal(host.Check(capability.Capability), capability.Value));
        Assert.Equal((host.ApiVersion, host.VcpuMmapSize), (description.ApiVersion, description.VcpuMmapSize));
        var memory = description.Capabilities.Single(static c => c.Capability == KvmCapability.UserMemory);
        Assert.Equal(("UserMemory", "KVM_CAP_USER_MEMORY", 1, true), (memory.Name, memory.NativeName, memory.Value, memory.IsOffered));
        Assert.Contains(description.Capabilities, static c => !c.IsOffered);
    }

    [Fact]
    public void Native_names_are_those_of_the_attributes()
    {
        var fields = typeof(KvmCapability).GetFields(BindingFlags.Public | BindingFlags.Static);

        Assert.NotEmpty(fields);
        Assert.All(
            fields,
            static field =>
                Assert.Equal(
                    field.GetCustomAttribute<NativeNameAttribute>()!.Name,
                    KvmCapabilityTexts.NativeNameOf((KvmCapability)field.GetRawConstantValue()!)
                )
        );
        Assert.Null(KvmCapabilityTexts.NativeNameOf((KvmCapability)0x7777));
    }

    [Fact]
    public void Text_has_a_line_for_each_capability_that_is_offered_and_no_other()
    {
        using var host = TestHost.Open();
        var description = host.Describe();

        var lines = description.ToString().Split(Environment.NewLine);

        Assert.Equal($"KVM interface 12, {host.VcpuMmapSize} bytes shared with each vCPU", lines[0]);
        var offered = description.Capabilities.Where(static c => c.Value != 0);
        Assert.Equal(offered.Select(static c => $"{c.NativeName} = {c.Value}: {c.Meaning}"), lines.Skip(1));
        Assert.Contains(lines, static line => line.StartsWith("KVM_CAP_USER_MEMORY = 1: ", StringComparison.Ordinal));
        host.Dispose();
        Assert.Throws<ObjectDisposedException>(host.Describe);
    }
}
