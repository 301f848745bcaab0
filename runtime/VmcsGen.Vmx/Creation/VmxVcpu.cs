using System;
using System.Threading;
using VmcsGen.Vmx.Entry;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Creation;

/// <summary>
/// A vCPU on a processor with VMX. One thread uses it, that of its processor. Several on one processor take turns: each makes its
/// VMCS current before it uses it.
/// </summary>
[MustDispose]
public sealed class VmxVcpu : IDisposable
{
    private readonly VmxCreation _creation;
    private GeneralRegisters _registers;
    private bool _isLaunched;
    private bool _isDisposed;

    internal VmxVcpu(VmxCreation creation)
    {
        _creation = creation;
        // From here on another VMCS may be cleared or go before this one does.
        creation.PreviousVmcs = ulong.MaxValue;
    }

    /// <summary>The processor.</summary>
    public IVmxProcessor Processor => _creation.Processor;

    /// <summary>The VMX capabilities of the processor.</summary>
    public VmxCapabilities Capabilities => _creation.Capabilities;

    /// <summary>The controls that the vCPU was created with.</summary>
    public VmxControlSet Controls => _creation.Controls;

    /// <summary>Physical address of the VMCS region.</summary>
    public ulong Region => _creation.Region;

    /// <summary>The VPID; 0 if VPIDs are off.</summary>
    public ushort Vpid => _creation.Vpid;

    /// <summary>The EPT paging structures; null if EPT is off. After a change, <see cref="InvalidateEpt"/> tells the processor.</summary>
    public EptMap? Ept => _creation.Ept;

    /// <summary>Physical address of the page-modification log; null if it is off. See <see cref="PmlBuffer"/>.</summary>
    public ulong? PmlAddress => _creation.PmlPage;

    /// <summary>Physical address of the guest's MSR area; null if there is none. See <see cref="MsrArea"/>.</summary>
    public ulong? GuestMsrArea => _creation.GuestMsrArea;

    /// <summary>The registers that the VMCS does not hold, for the guest to begin with and as the last VM exit left them.</summary>
    public ref GeneralRegisters Registers => ref _registers;

    /// <summary>The VMCS, which this makes current.</summary>
    /// <exception cref="ObjectDisposedException">The vCPU was disposed of.</exception>
    /// <exception cref="VmxFailException">The VMCS cannot be made current.</exception>
    public Vmcs<CurrentVmcs> Vmcs
    {
        get
        {
            MakeCurrent();
            return Processor.CurrentVmcs;
        }
    }

    /// <summary>
    /// Runs the guest until a VM exit or until the token is cancelled, whichever comes first: VMLAUNCH the first time, VMRESUME from then
    /// on.
    /// </summary>
    /// <remarks>
    /// A VM exit is never lost: if both come together it is returned, and the next call throws. After a cancellation the guest is between
    /// two instructions, with its state in the guest-state area and in <see cref="Registers"/> as after a VM exit, and the next call goes
    /// on there. The VM-exit information fields of the VMCS tell of no VM exit of the guest then.
    /// </remarks>
    /// <param name="cancellationToken">Ends the guest's turn when it is cancelled; it may be cancelled already.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="NotSupportedException">
    /// The token can be cancelled, and the processor cannot end a guest's turn; the message says why, and what would help.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The vCPU was disposed of.</exception>
    /// <exception cref="VmEntryException">The VMCS breaks a rule of VM entry, which the exception names.</exception>
    /// <exception cref="VmxFailException">The VM entry failed for another reason.</exception>
    public VmExit Run(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            var exit = VmEntryExtensions.Enter(Processor, Region, _isLaunched, ref _registers, cancellationToken);
            _isLaunched = true;
            return exit;
        }
        catch (OperationCanceledException canceled) when (canceled.IsOf(cancellationToken))
        {
            _isLaunched = true;
            throw;
        }
    }

    /// <summary>Moves the guest behind the instruction that caused a VM exit, as a hypervisor that has done its work does.</summary>
    /// <param name="exit">The VM exit.</param>
    /// <exception cref="ArgumentException">The VM exit is not due to an instruction.</exception>
    public void SkipInstruction(in VmExit exit)
    {
        if (!exit.HasInstructionLength)
            throw new ArgumentException($"{exit.Describe()} is not due to an instruction that could be skipped.", nameof(exit));
        var vmcs = Vmcs;
        vmcs.GuestRip += exit.InstructionLength;
    }

    /// <summary>Makes the processor drop what it has cached of the EPT paging structures.</summary>
    /// <exception cref="VmxFailException">INVEPT failed.</exception>
    public void InvalidateEpt()
    {
        MakeCurrent();
        if (Ept is { } ept && Capabilities.EptVpid.Invept)
        {
            var type = Capabilities.EptVpid.InveptSingleContext ? InveptType.SingleContext : InveptType.AllContexts;
            Processor.Invept(type, new InveptDescriptor(ept.EptPointer)).ThrowIfFailed("INVEPT");
        }
    }

    /// <summary>
    /// Undoes the creation in reverse: VMCLEAR, pages and VPID go back, and the last vCPU that shared VMX operation leaves it.
    /// </summary>
    /// <exception cref="VmxFailException">An instruction failed; the rest was undone all the same.</exception>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        if (_creation.Undo.Undo() is { } failure)
            throw failure;
    }

    private void MakeCurrent()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        Processor.Vmptrst(out var current).ThrowIfFailed("VMPTRST");
        if (current != Region && Processor.Vmptrld(Region) is { IsSuccess: false } result)
            throw new VmxFailException($"VMPTRLD 0x{Region:X}", result);
    }
}
