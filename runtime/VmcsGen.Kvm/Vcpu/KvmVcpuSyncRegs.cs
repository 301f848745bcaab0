using System;

namespace VmcsGen.Kvm;

/// <summary>
/// The registers that a vCPU shares with this process in its run page: chosen sets are there after every exit, and changed
/// ones are loaded at the next <see cref="KvmVcpu.Run()"/>, without an ioctl. Like the exits, they belong to the thread that
/// runs the vCPU. References must not be used after Dispose on the same thread; after one on another thread they refer to a copy. Source: Documentation/virt/kvm/api.rst 6.74.
/// </summary>
/// <remarks>
/// What is here is the state at the last exit: <see cref="KvmVcpu.SetRegs"/> and its like do not change it, and a set that
/// was changed here overrides them at the next Run.
/// </remarks>
public sealed unsafe class KvmVcpuSyncRegs
{
    private readonly KvmVcpu _vcpu;

    internal KvmVcpuSyncRegs(KvmVcpu vcpu, KvmSyncRegsFlags supported)
    {
        _vcpu = vcpu;
        Supported = supported;
    }

    /// <summary>The sets that this KVM can share (<c>KVM_CAP_SYNC_REGS</c>); none if it lacks the capability.</summary>
    public KvmSyncRegsFlags Supported { get; }

    /// <summary>
    /// The sets that KVM stores at every exit. Sets that are added are read at once, so that they hold the present state.
    /// </summary>
    /// <exception cref="NotSupportedException">This KVM cannot share one of the sets.</exception>
    /// <exception cref="KvmException">The first reading of a set failed.</exception>
    public KvmSyncRegsFlags Stored
    {
        get
        {
            KvmSyncRegsFlags sets = _vcpu.BorrowPage()->KvmValidRegs;
            GC.KeepAlive(_vcpu);
            return sets;
        }
        set
        {
            if ((value & ~Supported) != 0)
            {
                throw new NotSupportedException(
                    $"This host's KVM cannot share {value & ~Supported}: KVM_CAP_SYNC_REGS reports {Supported}."
                );
            }
            KvmRun* page = _vcpu.BorrowPage();
            ReadNow(page, value & ~page->KvmValidRegs & ~page->KvmDirtyRegs);
            page->KvmValidRegs = value;
            GC.KeepAlive(_vcpu);
        }
    }

    /// <summary>The sets that were changed and are loaded at the next Run.</summary>
    public KvmSyncRegsFlags Changed
    {
        get
        {
            KvmSyncRegsFlags sets = _vcpu.BorrowPage()->KvmDirtyRegs;
            GC.KeepAlive(_vcpu);
            return sets;
        }
    }

    /// <summary>The general-purpose registers.</summary>
    /// <exception cref="InvalidOperationException">KVM was not asked to store them.</exception>
    public ref readonly KvmRegs Regs => ref Area(KvmSyncRegsFlags.Regs).Regs;

    /// <summary>Segment, control and system registers.</summary>
    /// <exception cref="InvalidOperationException">KVM was not asked to store them.</exception>
    public ref readonly KvmSregs Sregs => ref Area(KvmSyncRegsFlags.Sregs).Sregs;

    /// <summary>Exceptions, interrupts and NMIs that are pending or being delivered.</summary>
    /// <exception cref="InvalidOperationException">KVM was not asked to store them.</exception>
    public ref readonly KvmVcpuEvents Events => ref Area(KvmSyncRegsFlags.Events).Events;

    /// <summary>
    /// The general-purpose registers, to be changed: the next Run loads all of them. After port I/O, MMIO and other exits that
    /// wait for an answer, the instruction is not over: that Run completes it before it loads them.
    /// </summary>
    /// <exception cref="InvalidOperationException">KVM was not asked to store them.</exception>
    public ref KvmRegs ChangeRegs() => ref Change(KvmSyncRegsFlags.Regs).Regs;

    /// <summary>Segment, control and system registers, to be changed: the next Run loads all of them.</summary>
    /// <exception cref="InvalidOperationException">KVM was not asked to store them.</exception>
    public ref KvmSregs ChangeSregs() => ref Change(KvmSyncRegsFlags.Sregs).Sregs;

    /// <summary>
    /// Pending events, to be changed: the next Run loads them, of some members only those that the member flags names.
    /// </summary>
    /// <exception cref="InvalidOperationException">KVM was not asked to store them.</exception>
    public ref KvmVcpuEvents ChangeEvents() => ref Change(KvmSyncRegsFlags.Events).Events;

    /// <summary>
    /// Loads the changed sets now, by their ioctls, and not at the next Run: for what looks at registers before it, as
    /// <see cref="KvmVcpu.SetGuestDebug"/> does for single steps.
    /// </summary>
    /// <exception cref="KvmException">KVM does not take the values.</exception>
    public void LoadChanged()
    {
        KvmRun* page = _vcpu.BorrowPage();
        if ((page->KvmDirtyRegs & KvmSyncRegsFlags.Sregs) != 0)
            _vcpu.SetSregs(page->SyncRegs.Regs.Sregs);
        if ((page->KvmDirtyRegs & KvmSyncRegsFlags.Regs) != 0)
            _vcpu.SetRegs(page->SyncRegs.Regs.Regs);
        if ((page->KvmDirtyRegs & KvmSyncRegsFlags.Events) != 0)
            _vcpu.SetVcpuEvents(page->SyncRegs.Regs.Events);
        page->KvmDirtyRegs = 0;
        GC.KeepAlive(_vcpu);
    }

    private ref KvmSyncRegs Change(KvmSyncRegsFlags set)
    {
        ref KvmSyncRegs area = ref Area(set);
        _vcpu.BorrowPage()->KvmDirtyRegs |= set;
        GC.KeepAlive(_vcpu);
        return ref area;
    }

    private ref KvmSyncRegs Area(KvmSyncRegsFlags set)
    {
        KvmRun* page = _vcpu.LendPage();
        bool isStored = (page->KvmValidRegs & set) != 0;
        GC.KeepAlive(_vcpu);
        if (!isStored)
            throw new InvalidOperationException($"KVM was not asked to store {set} at exits: add it to {nameof(Stored)} first.");
        return ref page->SyncRegs.Regs;
    }

    private void ReadNow(KvmRun* page, KvmSyncRegsFlags sets)
    {
        ref KvmSyncRegs area = ref page->SyncRegs.Regs;
        if ((sets & KvmSyncRegsFlags.Regs) != 0)
            _vcpu.GetRegs(out area.Regs);
        if ((sets & KvmSyncRegsFlags.Sregs) != 0)
            _vcpu.GetSregs(out area.Sregs);
        if ((sets & KvmSyncRegsFlags.Events) != 0)
            _vcpu.GetVcpuEvents(out area.Events);
    }
}
