namespace VmcsGen.Vmx.Entry;

/// <summary>Where the values come from that rules of VM entry look at.</summary>
internal interface IVmcsValueSource
{
    /// <summary>The value of a field; zero and false if the processor does not have the field, or it is not known.</summary>
    bool TryGet(VmcsField field, out ulong value);
}
