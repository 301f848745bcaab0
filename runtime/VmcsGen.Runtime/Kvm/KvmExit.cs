using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace VmcsGen.Kvm;

/// <summary>
/// Why the guest stopped: a view of the run page as <see cref="KvmVcpu.Run"/> left it. Answers are written into the page and
/// take effect at the next Run. After the next Run or the Dispose of the vCPU every member throws
/// <see cref="InvalidOperationException"/>; spans taken before must not be used any more then.
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

    /// <summary>The guest executed IN, OUT, INS or OUTS.</summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
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
    public KvmSystemEventExit SystemEvent
    {
        get
        {
            Require(KvmExitReason.SystemEvent);
            return new KvmSystemEventExit(this);
        }
    }

    /// <summary>The processor refused to enter the guest: the hardware's reason, and the host CPU on which it happened. A copy.</summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public KvmRun.FailEntryExit FailEntry => Require(KvmExitReason.FailEntry)->FailEntry;

    /// <summary>KVM could not resolve a page fault of the guest: the range and the kind of access. A copy.</summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public KvmRun.MemoryFaultExit MemoryFault => Require(KvmExitReason.MemoryFault)->MemoryFault;

    /// <summary>A debug event that was asked for with KVM_SET_GUEST_DEBUG: the exception, RIP, DR6 and DR7. A copy.</summary>
    /// <exception cref="InvalidOperationException">The exit has another reason.</exception>
    public KvmDebugExitArch Debug => Require(KvmExitReason.Debug)->Debug.Arch;

    /// <summary>The run page itself, for the payloads that have no view here.</summary>
    public ref KvmRun RunPage => ref *Page;

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

    [DoesNotReturn]
    private void ThrowOtherReason(string expected) =>
        throw new InvalidOperationException($"This payload belongs to an exit of reason {expected}, and this one is: {ToString()}.");

    [DoesNotReturn]
    private static void ThrowStale() =>
        throw new InvalidOperationException(
            "This exit is over: it could be used until the next Run or the Dispose of its vCPU. Read what is needed before.");
}
