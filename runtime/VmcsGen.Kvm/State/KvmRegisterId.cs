namespace VmcsGen.Kvm;

/// <summary>
/// Identifiers of registers, as <see cref="KvmVcpu.GetOneReg(ulong)"/> takes them: the architecture, the size, the kind and
/// the number. Source: Documentation/virt/kvm/api.rst 4.68.
/// </summary>
public static class KvmRegisterId
{
    private const int TypeShift = 32;

    /// <summary>The identifier of a model-specific register.</summary>
    /// <param name="index">Its number, as in ECX of RDMSR.</param>
    [NativeName("KVM_X86_REG_MSR")]
    public static ulong OfMsr(uint index) => Of(KvmX86RegisterType.Msr, index);

    /// <summary>The identifier of a register that KVM defines.</summary>
    /// <param name="register">The register.</param>
    [NativeName("KVM_X86_REG_KVM")]
    public static ulong OfSynthetic(KvmX86SyntheticRegister register) => Of(KvmX86RegisterType.Kvm, (uint)register);

    /// <summary>Size of a register in bytes, which its identifier tells: a power of two, 1 to 32768.</summary>
    /// <param name="id">The identifier.</param>
    public static int SizeOf(ulong id) => 1 << (int)((id & KvmOneRegister.SizeMask) >> (int)KvmOneRegister.SizeShift);

    private static ulong Of(KvmX86RegisterType type, uint index) =>
        (ulong)KvmRegisterArchitecture.X86 | (ulong)KvmRegisterSize.U64 | ((ulong)type << TypeShift) | index;
}
