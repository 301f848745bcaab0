using System;

namespace VmcsGen.Kvm;

/// <summary>
/// RDMSR or WRMSR of the guest that KVM_CAP_X86_USER_SPACE_MSR leaves to the VMM. Without an answer a read gives what the page
/// holds and a write succeeds. Source: Documentation/virt/kvm/api.rst 5, KVM_EXIT_X86_RDMSR and KVM_EXIT_X86_WRMSR.
/// </summary>
public readonly unsafe ref struct KvmMsrExit
{
    private readonly KvmExit _exit;

    internal KvmMsrExit(KvmExit exit) => _exit = exit;

    /// <summary>Number of the MSR.</summary>
    public uint Index => _exit.Page->Msr.Index;

    /// <summary>True for WRMSR, false for RDMSR.</summary>
    public bool IsWrite => _exit.Reason == KvmExitReason.X86Wrmsr;

    /// <summary>The value the guest writes, or the answer so far.</summary>
    public ulong Data => _exit.Page->Msr.Data;

    /// <summary>Why KVM leaves the access to the VMM.</summary>
    public KvmMsrExitReason Reason => _exit.Page->Msr.Reason;

    /// <summary>Answers RDMSR: the guest reads the value.</summary>
    /// <param name="value">The value.</param>
    /// <exception cref="InvalidOperationException">The guest executed WRMSR.</exception>
    public void Answer(ulong value)
    {
        if (IsWrite)
            throw new InvalidOperationException($"WRMSR to MSR 0x{Index:X} takes no answer; it succeeds unless Fail is called.");
        var page = _exit.Page;
        page->Msr.Data = value;
        page->Msr.Error = 0;
    }

    /// <summary>Makes the access fail: the guest gets a general-protection exception.</summary>
    public void Fail() => _exit.Page->Msr.Error = 1;
}
