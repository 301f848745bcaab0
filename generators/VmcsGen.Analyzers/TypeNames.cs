namespace VmcsGen.Analyzers;

/// <summary>Metadata names of the runtime's types that the rules are about.</summary>
internal static class TypeNames
{
    public const string VmcsField = "VmcsGen.Vmx.VmcsField";
    public const string Vmcs = "VmcsGen.Vmx.Vmcs`1";
    public const string VmxResult = "VmcsGen.Vmx.VmxResult";
    public const string VmxCapabilities = "VmcsGen.Vmx.VmxCapabilities";
    public const string VmExit = "VmcsGen.Vmx.VmExit";
    public const string ExistsWhen = "VmcsGen.Vmx.ExistsWhenAttribute";
    public const string BelongsTo = "VmcsGen.BelongsToAttribute`1";
    public const string MustDispose = "VmcsGen.MustDisposeAttribute";
    public const string KvmIoctl = "VmcsGen.Kvm.KvmIoctl";
    public const string KvmExit = "VmcsGen.Kvm.KvmExit";
    public const string KvmHost = "VmcsGen.Kvm.KvmHost";
    public const string KvmVm = "VmcsGen.Kvm.KvmVm";
    public const string KvmVcpu = "VmcsGen.Kvm.KvmVcpu";
    public const string KvmDevice = "VmcsGen.Kvm.KvmDevice";
    public const string GuestMemory = "VmcsGen.Kvm.GuestMemory";
}
