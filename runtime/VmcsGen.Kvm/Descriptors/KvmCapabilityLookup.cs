using System;
using System.Collections.Frozen;
using System.Collections.Generic;

namespace VmcsGen.Kvm.Interop;

/// <summary>Capabilities by the kernel's names, in which the specs of ioctls refer to them.</summary>
internal static class KvmCapabilityLookup
{
    /// <summary>The capability that announces an ioctl, or null where there is none or the ioctl is unknown.</summary>
    internal static (KvmCapability Capability, string Name)? AnnouncementOf(uint request) => Find(KvmIoctl.CapabilityOf(request));

    /// <summary>The capability that announces an ioctl of a project's own specs, which may declare capabilities too.</summary>
    internal static (KvmCapability Capability, string Name)? AnnouncementOf(IoctlInfo ioctl) =>
        ioctl is { CapabilityNumber: { } number, Capability: { } name } ? ((KvmCapability)number, name) : Find(ioctl.Capability);

    private static (KvmCapability Capability, string Name)? Find(string? name) =>
        name is not null && Names.ByNative.TryGetValue(name, out var capability) ? (capability, name) : null;

    // Made when an ioctl fails for the first time: programs that do not meet a failure never need it.
    private static class Names
    {
        internal static readonly FrozenDictionary<string, KvmCapability> ByNative = Read();

        private static FrozenDictionary<string, KvmCapability> Read()
        {
            var names = new Dictionary<string, KvmCapability>();
            foreach (var capability in Enum.GetValues<KvmCapability>())
                names[KvmCapabilityTexts.NativeNameOf(capability)!] = capability;
            return names.ToFrozenDictionary();
        }
    }
}
