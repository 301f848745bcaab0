using System;

namespace VmcsGen.Kvm;

// Registers by identifier, one at a time. The identifier tells how many bytes KVM moves.
public sealed unsafe partial class KvmVcpu
{
    /// <summary>Reads a register of up to 64 bits, which are all that x86 has.</summary>
    /// <remarks>Announced by KVM_CAP_ONE_REG. Source: Documentation/virt/kvm/api.rst 4.69.</remarks>
    /// <param name="id">Its identifier; see <see cref="KvmRegisterId"/>.</param>
    /// <exception cref="ArgumentException">The identifier says that the register is larger.</exception>
    /// <exception cref="KvmException">The kernel refused; <see cref="KvmIoctl.KVM_GET_ONE_REG"/> tells the reasons.</exception>
    [NativeName("KVM_GET_ONE_REG")]
    public ulong GetOneReg(ulong id)
    {
        ulong value = 0;
        GetOneReg(id, new Span<byte>(&value, Math.Min(KvmRegisterId.SizeOf(id), sizeof(ulong))));
        return value;
    }

    /// <summary>Reads a register.</summary>
    /// <remarks>Announced by KVM_CAP_ONE_REG. Source: Documentation/virt/kvm/api.rst 4.69.</remarks>
    /// <param name="id">Its identifier; see <see cref="KvmRegisterId"/>.</param>
    /// <param name="value">Receives as many bytes as the identifier says.</param>
    /// <exception cref="ArgumentException">There is room for more or less than the register.</exception>
    /// <exception cref="KvmException">The kernel refused; <see cref="KvmIoctl.KVM_GET_ONE_REG"/> tells the reasons.</exception>
    [NativeName("KVM_GET_ONE_REG")]
    public void GetOneReg(ulong id, Span<byte> value)
    {
        RequireRegisterSize(id, value.Length, nameof(value));
        fixed (byte* pointer = value)
        {
            KvmOneReg register = new() { Id = id, Addr = (ulong)pointer };
            Live.Ioctl(KvmIoctl.KVM_GET_ONE_REG, &register, id, Describe);
        }
    }

    /// <summary>Writes a register of up to 64 bits, which are all that x86 has.</summary>
    /// <remarks>Announced by KVM_CAP_ONE_REG. Source: Documentation/virt/kvm/api.rst 4.68.</remarks>
    /// <param name="id">Its identifier; see <see cref="KvmRegisterId"/>.</param>
    /// <param name="value">The value; of a smaller register the low bytes.</param>
    /// <exception cref="ArgumentException">The identifier says that the register is larger.</exception>
    /// <exception cref="KvmException">The kernel refused; <see cref="KvmIoctl.KVM_SET_ONE_REG"/> tells the reasons.</exception>
    [NativeName("KVM_SET_ONE_REG")]
    public void SetOneReg(ulong id, ulong value) =>
        SetOneReg(id, new ReadOnlySpan<byte>(&value, Math.Min(KvmRegisterId.SizeOf(id), sizeof(ulong))));

    /// <summary>Writes a register.</summary>
    /// <remarks>Announced by KVM_CAP_ONE_REG. Source: Documentation/virt/kvm/api.rst 4.68.</remarks>
    /// <param name="id">Its identifier; see <see cref="KvmRegisterId"/>.</param>
    /// <param name="value">As many bytes as the identifier says.</param>
    /// <exception cref="ArgumentException">There are more or fewer bytes than the register has.</exception>
    /// <exception cref="KvmException">The kernel refused; <see cref="KvmIoctl.KVM_SET_ONE_REG"/> tells the reasons.</exception>
    [NativeName("KVM_SET_ONE_REG")]
    public void SetOneReg(ulong id, ReadOnlySpan<byte> value)
    {
        RequireRegisterSize(id, value.Length, nameof(value));
        fixed (byte* pointer = value)
        {
            KvmOneReg register = new() { Id = id, Addr = (ulong)pointer };
            Live.Ioctl(KvmIoctl.KVM_SET_ONE_REG, &register, id, Describe);
        }
    }

    private static string Describe(ulong id) => $"register 0x{id:X}";

    private static void RequireRegisterSize(ulong id, int length, string parameter)
    {
        var size = KvmRegisterId.SizeOf(id);
        if (length != size)
            throw new ArgumentException($"Register 0x{id:X} has {size} bytes, not {length}.", parameter);
    }
}
