using System;

namespace VmcsGen.Kvm;

/// <summary>
/// A Hyper-V hypercall that KVM leaves to the VMM. Without an answer the guest gets what the page holds.
/// Source: Documentation/virt/kvm/api.rst 5, KVM_EXIT_HYPERV.
/// </summary>
public readonly unsafe ref struct KvmHypervHypercallExit
{
    private const int ParameterCount = 2;

    private readonly KvmExit _exit;

    internal KvmHypervHypercallExit(KvmExit exit) => _exit = exit;

    /// <summary>The input value: the call code in bits 15:0, and how the call is made.</summary>
    public ulong Input => _exit.Page->Hyperv.Data.Hcall.Input;

    /// <summary>Which call it is.</summary>
    public ushort CallCode => (ushort)Input;

    /// <summary>The two input parameters: values if the call is a fast one, else guest physical addresses.</summary>
    public ReadOnlySpan<ulong> Parameters => new(&_exit.LentPage->Hyperv.Data.Hcall.Params, ParameterCount);

    /// <summary>Answers the hypercall.</summary>
    /// <param name="result">The result value: the status in bits 15:0, 0 for success, and the completed repetitions in bits 43:32.</param>
    public void Answer(ulong result) => _exit.Page->Hyperv.Data.Hcall.Result = result;
}
