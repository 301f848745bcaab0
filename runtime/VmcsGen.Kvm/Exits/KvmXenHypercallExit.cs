using System;

namespace VmcsGen.Kvm;

/// <summary>
/// A Xen hypercall. Without an answer the guest gets what the page holds. Source: Documentation/virt/kvm/api.rst 5, KVM_EXIT_XEN.
/// </summary>
public readonly unsafe ref struct KvmXenHypercallExit
{
    private const int ArgumentCount = 6;

    private readonly KvmExit _exit;

    internal KvmXenHypercallExit(KvmExit exit) => _exit = exit;

    /// <summary>Number of the hypercall.</summary>
    public ulong Number => _exit.Page->Xen.Data.Hcall.Input;

    /// <summary>The six arguments; how many count depends on the hypercall.</summary>
    public ReadOnlySpan<ulong> Arguments => new(&_exit.LentPage->Xen.Data.Hcall.Params, ArgumentCount);

    /// <summary>True if the call was made in 64-bit mode.</summary>
    public bool IsLongMode => _exit.Page->Xen.Data.Hcall.Longmode != 0;

    /// <summary>Privilege level of the caller, 0 to 3.</summary>
    public int PrivilegeLevel => (int)_exit.Page->Xen.Data.Hcall.Cpl;

    /// <summary>Answers the hypercall.</summary>
    /// <param name="result">What the guest gets in RAX: 0 for success, or a negated Xen error number.</param>
    public void Answer(ulong result) => _exit.Page->Xen.Data.Hcall.Result = result;
}
