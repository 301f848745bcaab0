using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace VmcsGen.Kvm;

/// <summary>
/// Why the guest stopped: a view of the run page as <see cref="KvmVcpu.Run()"/> left it. Answers are written into the page and
/// take effect at the next Run. After the next Run or the Dispose of the vCPU every member throws
/// <see cref="InvalidOperationException"/>; spans taken before must not be used any more then. If the vCPU is forgotten they go on
/// to refer to a copy.
/// Source: Documentation/virt/kvm/api.rst 5.
/// </summary>
public readonly unsafe ref struct KvmExit
{
    private readonly KvmVcpu? _vcpu;
    private readonly long _generation;

    internal KvmExit(KvmVcpu vcpu, long generation)
    {
        _vcpu = vcpu;
        _generation = generation;
    }

    /// <summary>The kind of exit; may be a value that this library does not know.</summary>
    public KvmExitReason Reason => Page->ExitReason;

    /// <summary>False if the kernel is newer than this library and the kind of exit has no name here.</summary>
    public bool IsKnown => Enum.IsDefined(Reason);

    /// <summary>State of the vCPU at the exit, whatever its reason, such as whether the guest took a bus lock.</summary>
    public KvmRunFlags Flags => Page->Flags;

    /// <summary>
    /// Whether <see cref="KvmVcpu.Interrupt"/> can inject an interrupt now, for VMMs with interrupt controllers of their own.
    /// </summary>
    public bool IsReadyForInterruptInjection => Page->ReadyForInterruptInjection != 0;

    /// <summary>Whether the guest has interrupts enabled (RFLAGS.IF), for VMMs with interrupt controllers of their own.</summary>
    public bool IsInterruptFlagSet => Page->IfFlag != 0;

    /// <summary>The guest executed IN, OUT, INS or OUTS.</summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    [BelongsTo<KvmExitReason>(KvmExitReason.Io)]
    public KvmIoExit Io
    {
        get
        {
            Require(KvmExitReason.Io);
            return new KvmIoExit(this);
        }
    }

    /// <summary>The guest accessed memory where no slot is, or wrote to a read-only slot.</summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    [BelongsTo<KvmExitReason>(KvmExitReason.Mmio)]
    public KvmMmioExit Mmio
    {
        get
        {
            Require(KvmExitReason.Mmio);
            return new KvmMmioExit(this);
        }
    }

    /// <summary>The guest accessed an MSR that KVM leaves to the VMM: reason X86Rdmsr or X86Wrmsr.</summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    [BelongsTo<KvmExitReason>(KvmExitReason.X86Rdmsr, KvmExitReason.X86Wrmsr)]
    public KvmMsrExit Msr
    {
        get
        {
            if (Reason is not (KvmExitReason.X86Rdmsr or KvmExitReason.X86Wrmsr))
                ThrowOtherReason($"{KvmExitReason.X86Rdmsr} or {KvmExitReason.X86Wrmsr}");
            return new KvmMsrExit(this);
        }
    }

    /// <summary>The guest made a hypercall that KVM leaves to the VMM.</summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    [BelongsTo<KvmExitReason>(KvmExitReason.Hypercall)]
    public KvmHypercallExit Hypercall
    {
        get
        {
            Require(KvmExitReason.Hypercall);
            return new KvmHypercallExit(this);
        }
    }

    /// <summary>KVM cannot go on with this vCPU, for example because it could not emulate an instruction.</summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    [BelongsTo<KvmExitReason>(KvmExitReason.InternalError)]
    public KvmInternalErrorExit InternalError
    {
        get
        {
            Require(KvmExitReason.InternalError);
            return new KvmInternalErrorExit(this);
        }
    }

    /// <summary>The guest asks for something that concerns the whole VM, such as a reset.</summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    [BelongsTo<KvmExitReason>(KvmExitReason.SystemEvent)]
    public KvmSystemEventExit SystemEvent
    {
        get
        {
            Require(KvmExitReason.SystemEvent);
            return new KvmSystemEventExit(this);
        }
    }

    /// <summary>A Hyper-V hypercall.</summary>
    /// <exception cref="InvalidOperationException">The exit has another reason or is about another Hyper-V interface.</exception>
    [BelongsTo<KvmExitReason>(KvmExitReason.Hyperv)]
    public KvmHypervHypercallExit HypervHypercall
    {
        get
        {
            Require(KvmHypervExitType.Hcall);
            return new KvmHypervHypercallExit(this);
        }
    }

    /// <summary>The guest used the Hyper-V synthetic debugger.</summary>
    /// <exception cref="InvalidOperationException">The exit has another reason or is about another Hyper-V interface.</exception>
    [BelongsTo<KvmExitReason>(KvmExitReason.Hyperv)]
    public KvmHypervSyndbgExit HypervSyndbg
    {
        get
        {
            Require(KvmHypervExitType.Syndbg);
            return new KvmHypervSyndbgExit(this);
        }
    }

    /// <summary>The guest changed its Hyper-V synthetic interrupt controller: which MSR, and what they all hold now. A copy.</summary>
    /// <exception cref="InvalidOperationException">The exit has another reason or is about another Hyper-V interface.</exception>
    [BelongsTo<KvmExitReason>(KvmExitReason.Hyperv)]
    public KvmHypervExit.Payload.SynicExit HypervSynic => Require(KvmHypervExitType.Synic)->Hyperv.Data.Synic;

    /// <summary>A Xen hypercall.</summary>
    /// <exception cref="InvalidOperationException">The exit has another reason or is about another Xen interface.</exception>
    [BelongsTo<KvmExitReason>(KvmExitReason.Xen)]
    public KvmXenHypercallExit XenHypercall
    {
        get
        {
            KvmRun* page = Require(KvmExitReason.Xen);
            if (page->Xen.Type != KvmXenExitType.Hcall)
                ThrowOtherReason($"{KvmExitReason.Xen} and type {KvmXenExitType.Hcall}");
            return new KvmXenHypercallExit(this);
        }
    }

    /// <summary>A TDVMCALL of an Intel TDX guest.</summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    [BelongsTo<KvmExitReason>(KvmExitReason.Tdx)]
    public KvmTdxExit Tdx
    {
        get
        {
            Require(KvmExitReason.Tdx);
            return new KvmTdxExit(this);
        }
    }

    /// <summary>An AMD SEV-SNP guest wants certificates.</summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    [BelongsTo<KvmExitReason>(KvmExitReason.SnpReqCerts)]
    public KvmSnpCertificatesExit SnpCertificates
    {
        get
        {
            Require(KvmExitReason.SnpReqCerts);
            return new KvmSnpCertificatesExit(this);
        }
    }

    /// <summary>An exit that KVM does not know: the processor's reason. A copy.</summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    [BelongsTo<KvmExitReason>(KvmExitReason.Unknown)]
    public KvmRun.UnknownExit Unknown => Require(KvmExitReason.Unknown)->Hw;

    /// <summary>The guest lowered the task priority: the new one, as CR8 holds it, 0 to 15.</summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    [BelongsTo<KvmExitReason>(KvmExitReason.SetTpr)]
    public int TaskPriority => (int)Require(KvmExitReason.SetTpr)->Cr8;

    /// <summary>An access to the task priority register that <see cref="KvmVcpu.TprAccessReporting"/> reports. A copy.</summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    [BelongsTo<KvmExitReason>(KvmExitReason.TprAccess)]
    public KvmRun.TprAccessExit TprAccess => Require(KvmExitReason.TprAccess)->TprAccess;

    /// <summary>Vector of the level-triggered interrupt that ended, of the VMM's own I/O APIC.</summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    [BelongsTo<KvmExitReason>(KvmExitReason.IoapicEoi)]
    public byte IoapicEoiVector => Require(KvmExitReason.IoapicEoi)->Eoi.Vector;

    /// <summary>The guest ran for too long without an event window: whether the vCPU can go on.</summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    [BelongsTo<KvmExitReason>(KvmExitReason.Notify)]
    public KvmNotifyFlags Notify => Require(KvmExitReason.Notify)->Notify.Flags;

    /// <summary>The processor refused to enter the guest: the hardware's reason, and the host CPU on which it happened. A copy.</summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    [BelongsTo<KvmExitReason>(KvmExitReason.FailEntry)]
    public KvmRun.FailEntryExit FailEntry => Require(KvmExitReason.FailEntry)->FailEntry;

    /// <summary>KVM could not resolve a page fault of the guest: the range and the kind of access. A copy.</summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    [BelongsTo<KvmExitReason>(KvmExitReason.MemoryFault)]
    public KvmRun.MemoryFaultExit MemoryFault => Require(KvmExitReason.MemoryFault)->MemoryFault;

    /// <summary>A debug event that was asked for with KVM_SET_GUEST_DEBUG: the exception, RIP, DR6 and DR7. A copy.</summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    [BelongsTo<KvmExitReason>(KvmExitReason.Debug)]
    public KvmDebugExitArch Debug => Require(KvmExitReason.Debug)->Debug.Arch;

    /// <summary>The run page itself, for payloads of later kernels and other architectures.</summary>
    public ref KvmRun RunPage => ref *LentPage;

    /// <summary>The run page, if this exit is the vCPU's last one and the vCPU was not disposed of.</summary>
    internal KvmRun* Page
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if (_vcpu is null || _vcpu.Generation != _generation)
                ThrowStale();
            return _vcpu.Page;
        }
    }

    /// <summary>The same for a caller that gives a span or a reference away.</summary>
    internal KvmRun* LentPage
    {
        get
        {
            _ = Page;
            return _vcpu!.LentPage;
        }
    }

    /// <summary>The vCPU, under the same condition.</summary>
    internal KvmVcpu Vcpu
    {
        get
        {
            _ = Page;
            return _vcpu!;
        }
    }

    internal int RunPageSize => _vcpu is null ? 0 : _vcpu.RunPageSize;

    /// <summary>The exit in one line, with what its reason adds to it.</summary>
    public override string ToString() => KvmExitText.Describe(this);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private KvmRun* Require(KvmExitReason reason)
    {
        KvmRun* page = Page;
        if (page->ExitReason != reason)
            ThrowOtherReason(reason.ToString());
        return page;
    }

    private KvmRun* Require(KvmHypervExitType type)
    {
        KvmRun* page = Require(KvmExitReason.Hyperv);
        if (page->Hyperv.Type != type)
            ThrowOtherReason($"{KvmExitReason.Hyperv} and type {type}");
        return page;
    }

    [DoesNotReturn]
    private void ThrowOtherReason(string expected) =>
        throw new InvalidOperationException($"This payload belongs to an exit of reason {expected}, and this one is: {ToString()}.");

    [DoesNotReturn]
    private static void ThrowStale() =>
        throw new InvalidOperationException(
            "This exit is over: it could be used until the next Run or the Dispose of its vCPU. Read what is needed before."
        );
}
