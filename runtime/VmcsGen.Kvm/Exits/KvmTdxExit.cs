using System;
using System.Diagnostics.CodeAnalysis;

namespace VmcsGen.Kvm;

/// <summary>
/// A TDVMCALL of an Intel TDX guest that KVM leaves to the VMM. KVM has put the status for an unsupported call there, which
/// stays unless it is answered. Source: Documentation/virt/kvm/api.rst 5, KVM_EXIT_TDX; Intel TDX guest-hypervisor interface.
/// </summary>
public readonly unsafe ref struct KvmTdxExit
{
    /// <summary>Number of the call with which the guest asks what is supported.</summary>
    public const ulong GetTdVmCallInfoNumber = 0x1_0000;

    /// <summary>Number of the call with which the guest asks for an attestation quote.</summary>
    public const ulong GetQuoteNumber = 0x1_0002;

    /// <summary>Number of the call with which the guest names a vector for notifications.</summary>
    public const ulong SetupEventNotifyNumber = 0x1_0004;

    private const int DataLength = 5;

    private readonly KvmExit _exit;

    internal KvmTdxExit(KvmExit exit) => _exit = exit;

    /// <summary>Number of the call, R11 of the guest.</summary>
    public ulong Number => _exit.Page->Tdx.Nr;

    /// <summary>The status the guest gets in R10, as far as it is decided.</summary>
    public ulong Status => _exit.Page->Tdx.Unknown.Ret;

    /// <summary>What follows the status, for calls that have no member here: inputs and outputs.</summary>
    public Span<ulong> Data => new(&_exit.LentPage->Tdx.Unknown.Data, DataLength);

    /// <summary>The buffer for an attestation quote: its guest physical address and size. A copy.</summary>
    /// <exception cref="InvalidOperationException">It is another call.</exception>
    public KvmRun.TdxExit.GetQuoteCall GetQuote => Require(GetQuoteNumber)->Tdx.GetQuote;

    /// <summary>The leaf whose support the guest asks for. A copy.</summary>
    /// <exception cref="InvalidOperationException">It is another call.</exception>
    public KvmRun.TdxExit.GetTdVmCallInfoCall GetTdVmCallInfo => Require(GetTdVmCallInfoNumber)->Tdx.GetTdvmcallInfo;

    /// <summary>The vector for notifications. A copy.</summary>
    /// <exception cref="InvalidOperationException">It is another call.</exception>
    public KvmRun.TdxExit.SetupEventNotifyCall SetupEventNotify => Require(SetupEventNotifyNumber)->Tdx.SetupEventNotify;

    /// <summary>Answers the call.</summary>
    /// <param name="status">The status, 0 for success.</param>
    public void Answer(ulong status) => _exit.Page->Tdx.Unknown.Ret = status;

    /// <summary>Answers GetTdVmCallInfo with success.</summary>
    /// <param name="r11">What the guest gets in R11: calls that are supported, as a bitmap.</param>
    /// <param name="r12">What it gets in R12.</param>
    /// <param name="r13">What it gets in R13.</param>
    /// <param name="r14">What it gets in R14.</param>
    /// <exception cref="InvalidOperationException">It is another call.</exception>
    public void AnswerTdVmCallInfo(ulong r11, ulong r12, ulong r13 = 0, ulong r14 = 0)
    {
        var page = Require(GetTdVmCallInfoNumber);
        page->Tdx.GetTdvmcallInfo.Ret = 0;
        page->Tdx.GetTdvmcallInfo.R11 = r11;
        page->Tdx.GetTdvmcallInfo.R12 = r12;
        page->Tdx.GetTdvmcallInfo.R13 = r13;
        page->Tdx.GetTdvmcallInfo.R14 = r14;
    }

    private KvmRun* Require(ulong number)
    {
        var page = _exit.Page;
        if (page->Tdx.Nr != number)
            ThrowOtherCall(number, page->Tdx.Nr);
        return page;
    }

    [DoesNotReturn]
    private static void ThrowOtherCall(ulong expected, ulong actual) =>
        throw new InvalidOperationException($"This belongs to the TDVMCALL 0x{expected:X}, and the guest made the call 0x{actual:X}.");
}
