using System;

namespace VmcsGen.Kvm;

// Extended processor state (x87, SSE, AVX and later): an area whose size the host decides.
public sealed unsafe partial class KvmVcpu
{
    // What KVM_GET_XSAVE and KVM_SET_XSAVE moved before there could be more.
    private const int SmallestXsaveSize = 4096;

    /// <summary>
    /// Size of the extended processor state in bytes: what KVM_CAP_XSAVE2 says of the VM, at least 4096. It is more only if
    /// the process asked for states such as AMX before its first vCPU.
    /// </summary>
    /// <remarks>Source: Documentation/virt/kvm/api.rst 4.134.</remarks>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    public int XsaveSize => Math.Max(Live.CheckVm(KvmCapability.Xsave2), SmallestXsaveSize);

    /// <summary>Reads the extended processor state, as much of it as lies in the first 4096 bytes.</summary>
    /// <remarks>Announced by KVM_CAP_XSAVE. Source: Documentation/virt/kvm/api.rst 4.42.</remarks>
    /// <param name="xsave">Filled in by the kernel.</param>
    /// <exception cref="KvmException">The kernel refused; <see cref="KvmIoctl.KVM_GET_XSAVE"/> tells the reasons.</exception>
    [NativeName("KVM_GET_XSAVE")]
    public void GetXsave(out KvmXsave xsave)
    {
        xsave = default;
        fixed (KvmXsave* pointer = &xsave)
            Ioctl(KvmIoctl.KVM_GET_XSAVE, pointer);
    }

    /// <summary>Reads the extended processor state, all of it.</summary>
    /// <remarks>Announced by KVM_CAP_XSAVE2. Since Linux 5.17. Source: Documentation/virt/kvm/api.rst 4.134.</remarks>
    /// <param name="xsave">Receives <see cref="XsaveSize"/> bytes.</param>
    /// <exception cref="ArgumentException">There is room for less; the message says how much is needed.</exception>
    /// <exception cref="KvmException">The kernel refused; <see cref="KvmIoctl.KVM_GET_XSAVE2"/> tells the reasons.</exception>
    [NativeName("KVM_GET_XSAVE2")]
    public void GetXsave2(Span<byte> xsave)
    {
        RequireXsaveSize(xsave.Length, nameof(xsave));
        fixed (byte* pointer = xsave)
            Ioctl(KvmIoctl.KVM_GET_XSAVE2, pointer);
    }

    /// <summary>Reads the extended processor state, all of it.</summary>
    /// <remarks>Announced by KVM_CAP_XSAVE2. Since Linux 5.17. Source: Documentation/virt/kvm/api.rst 4.134.</remarks>
    /// <returns><see cref="XsaveSize"/> bytes.</returns>
    /// <exception cref="KvmException">The kernel refused; <see cref="KvmIoctl.KVM_GET_XSAVE2"/> tells the reasons.</exception>
    [NativeName("KVM_GET_XSAVE2")]
    public byte[] GetXsave2()
    {
        var xsave = new byte[XsaveSize];
        GetXsave2(xsave);
        return xsave;
    }

    /// <summary>Writes the extended processor state where it has just 4096 bytes.</summary>
    /// <remarks>Announced by KVM_CAP_XSAVE. Source: Documentation/virt/kvm/api.rst 4.43.</remarks>
    /// <param name="xsave">The state.</param>
    /// <exception cref="ArgumentException">
    /// The state is larger here, and KVM would read beyond the struct; use <see cref="SetXsave(ReadOnlySpan{byte})"/>.
    /// </exception>
    /// <exception cref="KvmException">The kernel refused; <see cref="KvmIoctl.KVM_SET_XSAVE"/> tells the reasons.</exception>
    [NativeName("KVM_SET_XSAVE")]
    public void SetXsave(in KvmXsave xsave)
    {
        fixed (KvmXsave* pointer = &xsave)
            SetXsave(new ReadOnlySpan<byte>(pointer, sizeof(KvmXsave)));
    }

    /// <summary>Writes the extended processor state.</summary>
    /// <remarks>Announced by KVM_CAP_XSAVE. Source: Documentation/virt/kvm/api.rst 4.43.</remarks>
    /// <param name="xsave">The state; KVM reads <see cref="XsaveSize"/> bytes.</param>
    /// <exception cref="ArgumentException">There is less; the message says how much is needed.</exception>
    /// <exception cref="KvmException">The kernel refused; <see cref="KvmIoctl.KVM_SET_XSAVE"/> tells the reasons.</exception>
    [NativeName("KVM_SET_XSAVE")]
    public void SetXsave(ReadOnlySpan<byte> xsave)
    {
        RequireXsaveSize(xsave.Length, nameof(xsave));
        fixed (byte* pointer = xsave)
            Ioctl(KvmIoctl.KVM_SET_XSAVE, pointer);
    }

    /// <summary>The same for a size that was looked at before.</summary>
    internal void SetXsaveOfRightSize(ReadOnlySpan<byte> xsave)
    {
        fixed (byte* pointer = xsave)
            Ioctl(KvmIoctl.KVM_SET_XSAVE, pointer);
    }

    private void RequireXsaveSize(int length, string parameter)
    {
        var size = XsaveSize;
        if (length < size)
            throw new ArgumentException($"The extended processor state takes {size} bytes here, and there are {length}.", parameter);
    }
}
