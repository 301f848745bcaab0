using System;

namespace VmcsGen.Kvm;

/// <summary>
/// A hypercall that KVM_CAP_EXIT_HYPERCALL leaves to the VMM. Source: Documentation/virt/kvm/api.rst 5, KVM_EXIT_HYPERCALL.
/// </summary>
public readonly unsafe ref struct KvmHypercallExit
{
    private const int ArgumentCount = 6;

    private readonly KvmExit _exit;

    internal KvmHypercallExit(KvmExit exit) => _exit = exit;

    /// <summary>Number of the hypercall, such as 12 for KVM_HC_MAP_GPA_RANGE.</summary>
    public ulong Number => _exit.Page->Hypercall.Nr;

    /// <summary>The six arguments; how many count depends on the hypercall.</summary>
    public ReadOnlySpan<ulong> Arguments => new(&_exit.LentPage->Hypercall.Args, ArgumentCount);

    /// <summary>The mode in which the guest made the call.</summary>
    public KvmHypercallExitFlags Flags => _exit.Page->Hypercall.Flags;

    /// <summary>Answers the hypercall.</summary>
    /// <param name="result">What the guest gets in RAX: 0 for success, or a negated KVM error number.</param>
    public void Answer(ulong result) => _exit.Page->Hypercall.Ret = result;
}
