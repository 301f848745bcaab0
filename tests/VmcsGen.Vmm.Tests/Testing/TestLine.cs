using System.Collections.Generic;

namespace VmcsGen.Vmm.Tests.Testing;

/// <summary>An interrupt line that remembers its levels.</summary>
internal sealed class TestLine : IInterruptLine
{
    public List<bool> Levels { get; } = [];

    public bool IsEdgeTriggered { get; set; }

    public void SetLevel(bool isRaised) => Levels.Add(isRaised);
}
