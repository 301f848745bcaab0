using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace VmcsGen.Kvm;

/// <summary>Finds out why KVM cannot be used and what would help.</summary>
internal static class KvmAvailability
{
    internal static KvmUnavailable? OfPlatform()
    {
        if (!OperatingSystem.IsLinux())
        {
            return new(
                KvmUnavailableReason.NotLinux,
                $"KVM is part of Linux, and this is {RuntimeInformation.OSDescription}.",
                "Run the program on Linux; WSL 2 has KVM where nested virtualization is on."
            );
        }
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            return new(
                KvmUnavailableReason.NotX64,
                $"This process is a {RuntimeInformation.ProcessArchitecture} one, and the KVM structs described here are those of x86-64.",
                "Run an x64 build on an x86-64 machine."
            );
        }
        return null;
    }

    internal static KvmUnavailable OfOpen(string path, Errno errno) =>
        errno switch
        {
            Errno.ENOENT or Errno.ENODEV or Errno.ENXIO when IsContainer() => new(
                KvmUnavailableReason.NoDeviceInContainer,
                $"{path} does not exist in this container.",
                $"Start the container with --device={path}; the host must have KVM.",
                errno
            ),
            Errno.ENOENT or Errno.ENODEV or Errno.ENXIO => new(
                KvmUnavailableReason.NoDevice,
                $"{path} does not exist.",
                RemedyForMissingDevice(),
                errno
            ),
            Errno.EACCES or Errno.EPERM => new(
                KvmUnavailableReason.NoPermission,
                $"{path} exists, but user {Environment.UserName} may not open it.",
                IsContainer()
                    ? $"Start the container with --device={path} and a user or group that owns the device."
                    : "Add the user to the group that owns the device, usually kvm (usermod -aG kvm USER), and log in again.",
                errno
            ),
            _ => new(
                KvmUnavailableReason.Failed,
                $"{path} cannot be opened: {ErrnoText.Explain(errno)}.",
                SystemCallRemedy.For($"open {path}", errno) ?? "Check the path.",
                errno
            ),
        };

    /// <summary>Judges the answers to the first two ioctls, each a result or a negated errno.</summary>
    internal static KvmUnavailable? OfAnswers(string path, int version, int mmapSize)
    {
        if (version is -(int)Errno.ENOTTY or -(int)Errno.EINVAL or -(int)Errno.ENODEV)
        {
            return new(
                KvmUnavailableReason.NotKvm,
                $"{path} is not KVM: it does not know KVM_GET_API_VERSION.",
                $"Open {KvmHost.DefaultPath}, or find out what stands in its place.",
                (Errno)(-version)
            );
        }
        if (version >= 0 && version != KvmHost.SupportedApiVersion)
        {
            return new(
                KvmUnavailableReason.WrongApiVersion,
                $"{path} speaks version {version} of the KVM interface; only {KvmHost.SupportedApiVersion} is known.",
                "Use a kernel with KVM 12, that is any since Linux 2.6.22."
            );
        }
        var failed = Math.Min(version, mmapSize);
        return failed >= 0
            ? null
            : new(
                KvmUnavailableReason.Failed,
                $"{path} does not answer: {ErrnoText.Explain((Errno)(-failed))}.",
                "See the kernel log.",
                (Errno)(-failed)
            );
    }

    private static string RemedyForMissingDevice()
    {
        if (!X86Base.IsSupported)
            return "Load the kernel module: modprobe kvm_intel or modprobe kvm_amd.";

        // CPUID.1:ECX bit 5 is VMX (SDM 3C 24.6) and bit 31 a hypervisor's sign; CPUID.80000001H:ECX bit 2 is SVM (APM 2 15.4).
        var features = X86Base.CpuId(1, 0).Ecx;
        var extendedFeatures = X86Base.CpuId(unchecked((int)0x8000_0001), 0).Ecx;
        if ((features & (1 << 5)) != 0)
            return "Load the kernel module: modprobe kvm_intel. If it refuses, turn on Intel VT-x in the firmware.";
        if ((extendedFeatures & (1 << 2)) != 0)
            return "Load the kernel module: modprobe kvm_amd. If it refuses, turn on AMD-V (SVM) in the firmware.";
        return features < 0
            ? "This machine is itself virtual and its processor offers neither VMX nor SVM: turn on nested virtualization for it in "
                + "the hypervisor that runs it."
            : "The processor offers neither VMX nor SVM: turn on Intel VT-x or AMD-V in the firmware.";
    }

    private static bool IsContainer() =>
        File.Exists("/.dockerenv")
        || File.Exists("/run/.containerenv")
        || !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("container"))
        || !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST"));
}
