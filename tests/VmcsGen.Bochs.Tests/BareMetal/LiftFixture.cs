using System;
using System.Collections.Generic;
using System.IO;
using BareMetalHypervisor;

namespace VmcsGen.Vmx.Bochs.Tests.BareMetal;

/// <summary>The image that lifts the running system, and the CDs that boot under it.</summary>
public sealed class LiftFixture() : ImageFixture(ImageForm.Lift)
{
    private readonly Dictionary<string, string> _discs = [];

    /// <summary>Boots a program of <c>Discs</c> under the hypervisor.</summary>
    public (int Status, string[] Lines) BootProgram(string model, string program)
    {
        Build();
        if (!_discs.TryGetValue(program, out var disc))
            disc = _discs[program] = TestDisc.Build(Directory, program);
        return Boot(model, disc);
    }

    /// <summary>Boots Debian's kernel under the hypervisor.</summary>
    public (int Status, string[] Lines) BootLinux(string model)
    {
        Build();
        return Boot(model, LinuxDisc.Build(Directory));
    }
}
