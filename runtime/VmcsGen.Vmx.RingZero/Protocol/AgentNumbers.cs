namespace VmcsGen.Vmx.RingZero;

/// <summary>
/// Numbers in short form: a byte that says how many follow, 0 to 8, and the number's lowest bytes; the others are 0. In the place of a
/// field's value the first byte can also say how VMREAD failed.
/// </summary>
internal static class AgentNumbers
{
    /// <summary>VMfailInvalid; nothing follows.</summary>
    internal const byte FailInvalid = 0x10;

    /// <summary>VMfailValid; the VM-instruction error follows (1).</summary>
    internal const byte FailValid = 0x11;
}
