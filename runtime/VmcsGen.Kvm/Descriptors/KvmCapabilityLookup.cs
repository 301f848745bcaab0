using System;
using System.Collections.Frozen;
using System.Collections.Generic;

namespace VmcsGen.Kvm.Interop;

/// <summary>Capabilities by the kernel's names, in which the specs of ioctls refer to them.</summary>
internal static class KvmCapabilityLookup
{
    /// <summary>The capability that announces an ioctl, or null where there is none or the ioctl is unknown.</summary>
    internal static KvmCapability? AnnouncementOf(uint request) =>
        KvmIoctl.CapabilityOf(request) is { } name && Names.ByNative.TryGetValue(name, out var capability) ? capability : null;

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
