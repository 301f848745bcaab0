using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx;

/// <summary>
/// The virtualization-exception information area: the page in which the processor tells the guest why it raised a virtualization
/// exception (#VE). While it is busy the processor causes VM exits instead of further virtualization exceptions (SDM 3C 26.5.7).
/// </summary>
public readonly ref struct VirtualizationExceptionArea
{
    private const uint Busy = 0xFFFFFFFF;

    private readonly Span<byte> _page;

    /// <summary>Uses memory of the caller as it is.</summary>
    /// <param name="memory">
    /// 4096 bytes. The physical address of the page is the VMCS field VirtualizationExceptionInformationAddress.
    /// </param>
    /// <exception cref="ArgumentException">The memory is not 4096 bytes long.</exception>
    public VirtualizationExceptionArea(Span<byte> memory) => _page = VmxPage.Check(memory, "The virtualization-exception information area");

    /// <summary>The information, in place.</summary>
    public ref VirtualizationExceptionInformation Information =>
        ref Unsafe.As<byte, VirtualizationExceptionInformation>(ref MemoryMarshal.GetReference(_page));

    /// <summary>Whether the area describes a virtualization exception that the guest has not released yet.</summary>
    public bool IsBusy => Volatile.Read(ref Information.Busy) == Busy;

    /// <summary>The EPT violation behind the exception, as the VM exit that it would otherwise have caused.</summary>
    public VmExit Exit =>
        new()
        {
            Reason = Information.ExitReason,
            Qualification = Information.ExitQualification,
            GuestLinearAddress = Information.GuestLinearAddress,
            GuestPhysicalAddress = Information.GuestPhysicalAddress,
        };

    /// <summary>Lets the processor raise the next virtualization exception. Read the area before.</summary>
    public void Release() => Volatile.Write(ref Information.Busy, 0);
}
