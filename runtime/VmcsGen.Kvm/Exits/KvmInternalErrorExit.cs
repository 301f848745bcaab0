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
            KvmRun* page = _exit.Page;
            return EmulationFlags.HasFlag(KvmEmulationFailureFlags.InstructionBytes)
                && page->Internal.Ndata >= FlagsWords + InstructionWords
                ? new(&page->EmulationFailure.InsnBytes, Math.Min((int)page->EmulationFailure.InsnSize, MaxInstructionLength))
                : default;
        }
    }
}
