namespace VmcsGen.Kvm;

/// <summary>What a host says about one capability.</summary>
public sealed class KvmCapabilityDescription
{
    internal KvmCapabilityDescription(KvmCapability capability, int value)
    {
        Capability = capability;
        Value = value;
    }

    /// <summary>The capability; its documentation tells what the value means.</summary>
    public KvmCapability Capability { get; }

    /// <summary>Its name here, such as <c>Xsave2</c>.</summary>
    public string Name => Capability.ToString();

    /// <summary>The kernel's name, such as <c>KVM_CAP_XSAVE2</c>.</summary>
    public string NativeName => KvmCapabilityTexts.NativeNameOf(Capability) ?? $"KVM_CAP {(uint)Capability}";

    /// <summary>What the capability is.</summary>
    public string Meaning => KvmCapabilityTexts.MeaningOf(Capability) ?? "Not known to this library.";

    /// <summary>
    /// What KVM_CHECK_EXTENSION answers: 0 if the capability is absent, else 1 or a number whose meaning belongs to it.
    /// </summary>
    public int Value { get; }

    /// <summary>Whether the host has the capability.</summary>
    public bool IsOffered => Value > 0;

    /// <summary>The kernel's name, the value, and the meaning.</summary>
    public override string ToString() => $"{NativeName} = {Value}: {Meaning}";
}
