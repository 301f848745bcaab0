using System;
using System.Runtime.InteropServices;

namespace VmcsGen.Kvm;

// Nested-virtualization state: a header, struct kvm_nested_state, that tells the size of the whole.
public sealed unsafe partial class KvmVcpu
{
    /// <summary>The largest size that nested-virtualization state can have here, in bytes; 0 if this VM has none.</summary>
    /// <remarks>Source: Documentation/virt/kvm/api.rst 4.114.</remarks>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    public int NestedStateMaxSize => Live.CheckVm(KvmCapability.NestedState);

    /// <summary>
    /// Reads the nested-virtualization state: <see cref="KvmNestedState"/> and, if the guest uses VMX or SVM, its control
    /// structures behind it.
    /// </summary>
    /// <remarks>Announced by KVM_CAP_NESTED_STATE. Since Linux 4.19. Source: Documentation/virt/kvm/api.rst 4.114.</remarks>
    /// <param name="state">
    /// Receives it. <see cref="NestedStateMaxSize"/> bytes are enough for all states; 128, the header, are the least.
    /// </param>
    /// <returns>The size of the state in bytes.</returns>
    /// <exception cref="ArgumentException">There is room for less than the header.</exception>
    /// <exception cref="KvmException">The kernel refused; <see cref="KvmIoctl.KVM_GET_NESTED_STATE"/> tells the reasons.</exception>
    [NativeName("KVM_GET_NESTED_STATE")]
    public int GetNestedState(Span<byte> state)
    {
        if (state.Length < sizeof(KvmNestedState))
        {
            throw new ArgumentException(
                $"Nested state begins with a header of {sizeof(KvmNestedState)} bytes, and there is room for {state.Length}.",
                nameof(state)
            );
        }
        KvmNestedState header = new() { Size = (uint)state.Length };
        MemoryMarshal.Write(state, header);
        fixed (byte* pointer = state)
            Ioctl(KvmIoctl.KVM_GET_NESTED_STATE, pointer);
        return (int)MemoryMarshal.Read<KvmNestedState>(state).Size;
    }

    /// <summary>Reads the nested-virtualization state.</summary>
    /// <remarks>Announced by KVM_CAP_NESTED_STATE. Since Linux 4.19. Source: Documentation/virt/kvm/api.rst 4.114.</remarks>
    /// <returns>
    /// <see cref="KvmNestedState"/> and the control structures, as many bytes as its member size says: what
    /// <see cref="SetNestedState"/> takes.
    /// </returns>
    /// <exception cref="KvmException">The kernel refused. EINVAL: The host offers no nested virtualization.</exception>
    [NativeName("KVM_GET_NESTED_STATE")]
    public byte[] GetNestedState()
    {
        byte[] state = new byte[Math.Max(NestedStateMaxSize, sizeof(KvmNestedState))];
        int size = GetNestedState(state);
        Array.Resize(ref state, size);
        return state;
    }

    /// <summary>Writes the nested-virtualization state. Set CPUID, the special registers and the VMX MSRs before.</summary>
    /// <remarks>Announced by KVM_CAP_NESTED_STATE. Since Linux 4.19. Source: Documentation/virt/kvm/api.rst 4.115.</remarks>
    /// <param name="state"><see cref="KvmNestedState"/> and what follows it.</param>
    /// <exception cref="ArgumentException">There are fewer bytes than the header, or than its member size says.</exception>
    /// <exception cref="KvmException">The kernel refused; <see cref="KvmIoctl.KVM_SET_NESTED_STATE"/> tells the reasons.</exception>
    [NativeName("KVM_SET_NESTED_STATE")]
    public void SetNestedState(ReadOnlySpan<byte> state)
    {
        uint size = (uint)sizeof(KvmNestedState);
        if (state.Length >= size)
            size = MemoryMarshal.Read<KvmNestedState>(state).Size;
        if (state.Length < size)
            throw new ArgumentException($"This nested state takes {size} bytes, and there are {state.Length}.", nameof(state));
        fixed (byte* pointer = state)
            Ioctl(KvmIoctl.KVM_SET_NESTED_STATE, pointer);
    }
}
