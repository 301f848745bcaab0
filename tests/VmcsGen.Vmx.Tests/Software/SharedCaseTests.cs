using System.Collections.Generic;
using System.Linq;
using VmcsGen.Vmx.Software;
using VmcsGen.Vmx.Testing;
using Xunit;

namespace VmcsGen.Vmx.Tests.Software;

/// <summary>The cases that the tests on Bochs assert, on the software processor.</summary>
public sealed class SharedCaseTests
{
    public static TheoryData<string> Names { get; } = new(VmxCases.All.Select(static one => one.Name));

    [Theory]
    [MemberData(nameof(Names))]
    public void An_instruction_ends_as_the_SDM_says(string name)
    {
        var rig = new VmxRig(
            new SoftwareVmx(new PhysicalMemory(SoftwareMachine.MemorySize), executor: new ScriptedExecutor()),
            memory: 0x10_0000
        );
        var one = VmxCases.Named(name);
        rig.Prepare(one.Stage);
        Assert.Equal(one.Expected(rig.Capabilities), one.Act(rig));
    }
}
