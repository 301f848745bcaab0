using System;

namespace VmcsGen.Kvm;

/// <summary>
/// KVM cannot go on with the vCPU. Source: Documentation/virt/kvm/api.rst 5, KVM_EXIT_INTERNAL_ERROR.
/// </summary>
public readonly unsafe ref struct KvmInternalErrorExit
{
    private const uint MaxData = 16;
    private const int MaxInstructionLength = 15;

    // The flags, and the instruction's length and bytes, in 64-bit words of data.
    private const uint FlagsWords = 1;
    private const uint InstructionWords = 2;

    private readonly KvmExit _exit;

    internal KvmInternalErrorExit(KvmExit exit) => _exit = exit;

    /// <summary>What went wrong; may be a value that this library does not know.</summary>
    public KvmInternalError SubError => _exit.Page->Internal.Suberror;

    /// <summary>Details, whose meaning depends on <see cref="SubError"/> and is for people to read.</summary>
    public ReadOnlySpan<ulong> Data
    {
        get
        {
            _ = _exit.LentPage;
            return Words;
        }
    }

    /// <summary>The same for use within the life of this exit.</summary>
    internal ReadOnlySpan<ulong> Words
    {
        get
        {
            KvmRun* page = _exit.Page;
            return new(&page->Internal.Data, (int)Math.Min(page->Internal.Ndata, MaxData));
        }
    }

    /// <summary>For an emulation failure, what KVM tells about it; else none.</summary>
    public KvmEmulationFailureFlags EmulationFlags
    {
        get
        {
            KvmRun* page = _exit.Page;
            return page->Internal.Suberror == KvmInternalError.Emulation && page->Internal.Ndata >= FlagsWords
                ? page->EmulationFailure.Flags
                : 0;
        }
    }

    /// <summary>
    /// For an emulation failure, the bytes fetched at the instruction that could not be emulated; they may go beyond its end.
    /// Empty if KVM does not tell.
    /// </summary>
    public ReadOnlySpan<byte> InstructionBytes
    {
        get
        {
            _ = _exit.LentPage;
            return Instruction;
        }
    }

    /// <summary>
    /// What puts the instruction of an emulation failure into words for <see cref="KvmExit.ToString"/>; null for bytes alone. A program
    /// with a disassembler sets it once.
    /// </summary>
    public static InstructionDisassembler? Disassembler { get; set; }

    /// <summary>The instruction's bytes for use within the life of this exit.</summary>
    internal ReadOnlySpan<byte> Instruction
    {
        get
        {
            KvmRun* page = _exit.Page;
            return
                EmulationFlags.HasFlag(KvmEmulationFailureFlags.InstructionBytes) && page->Internal.Ndata >= FlagsWords + InstructionWords
                ? new(&page->EmulationFailure.InsnBytes, Math.Min((int)page->EmulationFailure.InsnSize, MaxInstructionLength))
                : default;
        }
    }

    /// <summary>Size of the guest's code in bits at the exit: 16, 32 or 64.</summary>
    internal int CodeSize
    {
        get
        {
            _exit.Vcpu.GetSregs(out KvmSregs sregs);
            const ulong LongModeActive = 1 << 10;
            return (sregs.Efer & LongModeActive) != 0 && sregs.Cs.L != 0 ? 64
                : sregs.Cs.Db != 0 ? 32
                : 16;
        }
    }
}
