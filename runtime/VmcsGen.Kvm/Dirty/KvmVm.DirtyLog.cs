using System;

namespace VmcsGen.Kvm;

// Which pages of a slot the guest has written.
public sealed unsafe partial class KvmVm
{
    /// <summary>
    /// Reads which pages of a slot the guest wrote since the last call, and begins anew. With
    /// KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2 enabled the pages stay dirty until <see cref="ClearDirtyLog(MemorySlot, ReadOnlySpan{ulong})"/>.
    /// </summary>
    /// <remarks>Source: Documentation/virt/kvm/api.rst 4.8.</remarks>
    /// <param name="slot">A slot with the flag LogDirtyPages.</param>
    /// <param name="bitmap">
    /// Receives a bit for each page, bit 0 of the first word for the slot's first page: <see cref="MemorySlot.DirtyBitmapLength"/>
    /// words. Further words stay as they are.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The bitmap is too short, and the message says how many bytes are needed; or the slot is not mapped in this VM.
    /// </exception>
    /// <exception cref="KvmException">The kernel refused; <see cref="KvmIoctl.KVM_GET_DIRTY_LOG"/> tells the reasons.</exception>
    [NativeName("KVM_GET_DIRTY_LOG")]
    public void GetDirtyLog(MemorySlot slot, Span<ulong> bitmap)
    {
        ArgumentNullException.ThrowIfNull(slot);
        Live.Slots.GetDirtyLog(slot, bitmap);
    }

    /// <summary>Reads which pages of a slot the guest wrote since the last call, and begins anew.</summary>
    /// <remarks>Source: Documentation/virt/kvm/api.rst 4.8.</remarks>
    /// <param name="slot">A slot with the flag LogDirtyPages.</param>
    /// <returns>A bit for each page, bit 0 of the first word for the slot's first page.</returns>
    /// <exception cref="ArgumentException">The slot is not mapped in this VM.</exception>
    /// <exception cref="KvmException">The kernel refused; <see cref="KvmIoctl.KVM_GET_DIRTY_LOG"/> tells the reasons.</exception>
    [NativeName("KVM_GET_DIRTY_LOG")]
    public ulong[] GetDirtyLog(MemorySlot slot)
    {
        ArgumentNullException.ThrowIfNull(slot);
        var bitmap = new ulong[slot.DirtyBitmapLength];
        GetDirtyLog(slot, bitmap);
        return bitmap;
    }

    /// <summary>
    /// Reads which pages of a slot the guest wrote since the last call, and begins anew; as
    /// <see cref="GetDirtyLog(MemorySlot, Span{ulong})"/>, without allocating.
    /// </summary>
    /// <remarks>Source: Documentation/virt/kvm/api.rst 4.8.</remarks>
    /// <param name="bitmap">Of a slot with the flag LogDirtyPages. What it held is replaced.</param>
    /// <exception cref="ArgumentException">The bitmap's slot is not mapped in this VM.</exception>
    /// <exception cref="KvmException">The kernel refused; <see cref="KvmIoctl.KVM_GET_DIRTY_LOG"/> tells the reasons.</exception>
    [NativeName("KVM_GET_DIRTY_LOG")]
    public void GetDirtyLog(DirtyBitmap bitmap)
    {
        ArgumentNullException.ThrowIfNull(bitmap);
        Live.Slots.GetDirtyLog(bitmap.Slot, bitmap.Words);
    }

    /// <summary>Marks pages as clean and tracks them again. Read their contents after that, and no write is missed.</summary>
    /// <remarks>Announced by KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2. Source: Documentation/virt/kvm/api.rst 4.117.</remarks>
    /// <param name="bitmap">The pages; those that are not dirty in it stay as they are.</param>
    /// <exception cref="ArgumentException">The bitmap's slot is not mapped in this VM.</exception>
    /// <exception cref="KvmException">The kernel refused; <see cref="KvmIoctl.KVM_GET_DIRTY_LOG"/> tells the reasons.</exception>
    [NativeName("KVM_CLEAR_DIRTY_LOG")]
    public void ClearDirtyLog(DirtyBitmap bitmap)
    {
        ArgumentNullException.ThrowIfNull(bitmap);
        ClearDirtyLog(bitmap.Slot, bitmap.Words);
    }

    /// <summary>
    /// Makes <see cref="GetDirtyLog(DirtyBitmap)"/> leave pages dirty until <see cref="ClearDirtyLog(DirtyBitmap)"/>. Pages can
    /// so be cleared in small parts, each right before its contents are read.
    /// </summary>
    /// <remarks>Source: Documentation/virt/kvm/api.rst 7.18.</remarks>
    /// <param name="initiallySet">All pages of a slot are dirty when its logging begins, so that that costs no protecting.</param>
    /// <exception cref="KvmException">
    /// The kernel refused. EINVAL: This KVM lacks KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2 or the option.
    /// </exception>
    public void EnableManualDirtyLogProtect(bool initiallySet = false)
    {
        var flags = KvmDirtyLogFlags.ManualProtectEnable | (initiallySet ? KvmDirtyLogFlags.InitiallySet : 0);
        EnableCap(KvmCapability.ManualDirtyLogProtect2, (ulong)flags);
    }

    /// <summary>Marks pages as clean and tracks them again.</summary>
    /// <remarks>Announced by KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2. Source: Documentation/virt/kvm/api.rst 4.117.</remarks>
    /// <param name="slot">A slot with the flag LogDirtyPages.</param>
    /// <param name="bitmap">A bit for each page of the slot; a 1 clears the page.</param>
    /// <exception cref="ArgumentException">
    /// The bitmap is too short, and the message says how many bytes are needed; or the slot is not mapped in this VM.
    /// </exception>
    /// <exception cref="KvmException">The kernel refused; <see cref="KvmIoctl.KVM_GET_DIRTY_LOG"/> tells the reasons.</exception>
    [NativeName("KVM_CLEAR_DIRTY_LOG")]
    public void ClearDirtyLog(MemorySlot slot, ReadOnlySpan<ulong> bitmap)
    {
        ArgumentNullException.ThrowIfNull(slot);
        Live.Slots.ClearDirtyLog(slot, 0, (uint)slot.PageCount, bitmap);
    }

    /// <summary>Marks pages as clean and tracks them again: some pages of a slot.</summary>
    /// <remarks>Announced by KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2. Source: Documentation/virt/kvm/api.rst 4.117.</remarks>
    /// <param name="slot">A slot with the flag LogDirtyPages.</param>
    /// <param name="firstPage">The page that the bitmap's first bit stands for; a multiple of 64.</param>
    /// <param name="pageCount">Number of pages: a multiple of 64, unless the range ends with the slot.</param>
    /// <param name="bitmap">A bit for each page; a 1 clears the page.</param>
    /// <exception cref="ArgumentException">
    /// The bitmap is too short, and the message says how many bytes are needed; or the slot is not mapped in this VM.
    /// </exception>
    /// <exception cref="KvmException">The kernel refused; <see cref="KvmIoctl.KVM_CLEAR_DIRTY_LOG"/> tells the reasons.</exception>
    [NativeName("KVM_CLEAR_DIRTY_LOG")]
    public void ClearDirtyLog(MemorySlot slot, ulong firstPage, uint pageCount, ReadOnlySpan<ulong> bitmap)
    {
        ArgumentNullException.ThrowIfNull(slot);
        Live.Slots.ClearDirtyLog(slot, firstPage, pageCount, bitmap);
    }
}
