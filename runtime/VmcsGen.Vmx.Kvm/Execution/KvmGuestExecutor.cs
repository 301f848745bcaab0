using System;
using System.Collections.Generic;
using VmcsGen.Kvm;
using VmcsGen.Vmx.Entry;
using VmcsGen.Vmx.Software;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Kvm;

/// <summary>
/// Runs guests of <see cref="SoftwareVmx"/> on KVM: a VMCS's guest becomes a KVM vCPU, and VM exits are those of VMX, with their exit
/// qualification, instruction length and instruction information. It needs /dev/kvm and nothing more, no nested virtualization.
/// </summary>
/// <remarks>
/// <para>
/// KVM handles CPUID, VMCALL and much else on its own and never tells. So the guest is single-stepped, and each instruction is looked
/// at before KVM executes it: exact, and tens of microseconds an instruction. Guest-physical memory is KVM memory slots over the
/// processor's physical memory, laid as EPT says at VM entry. External interrupts, NMIs and hardware exceptions can be injected.
/// </para>
/// <para>
/// Carried over are the controls in <see cref="SupportedControls"/> and the VM exits in <see cref="CarriedExits"/>, for guests in real
/// mode (unrestricted), protected mode and IA-32e mode. A VMCS that asks for anything else is refused before it runs, by name.
/// </para>
/// <para>
/// What cannot be known at VM entry: task switches and exceptions are KVM's and cause no VM exit (but INT3, if bit 3 of the exception
/// bitmap is set); the first instruction of a handler that an exception of KVM's leads to is executed without being looked at, and if
/// that cannot be right, <see cref="Run"/> throws; an access to data whose guest paging structures EPT does not map is a page fault to the
/// guest; accesses to ports that cause no VM exit, and to addresses that EPT maps to no memory, read as ones and write nothing; and
/// what this host's KVM cannot emulate ends in an exception that says so.
/// </para>
/// </remarks>
[MustDispose]
public sealed class KvmGuestExecutor : IVmxGuestExecutor, IDisposable
{
    private readonly KvmHost _host;
    private readonly KvmHostAbilities _abilities;
    private KvmGuestMachine? _machine;
    private bool _isDisposed;

    /// <summary>Runs guests on a host's KVM.</summary>
    /// <param name="host">The host, which stays the caller's to dispose of, after this.</param>
    public KvmGuestExecutor(KvmHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        _host = host;
        _abilities = new KvmHostAbilities(host);
    }

    /// <summary>Whether this host's KVM runs guests with 32-bit paging. Where it does not, they are refused by name.</summary>
    /// <exception cref="KvmException">It could not be tried.</exception>
    public bool Supports32BitPaging => _abilities.Runs32BitPaging;

    /// <summary>
    /// Whether this host's KVM reports single steps at CPL 3. Where it does not, guests are refused by name when they are to execute
    /// an instruction there that causes no VM exit.
    /// </summary>
    /// <exception cref="KvmException">It could not be tried.</exception>
    public bool SupportsUserMode => _abilities.StepsAtCpl3;

    /// <summary>The controls that may be 1. HLT exiting must be 1; the others may be 0.</summary>
    public static VmxControlSet SupportedControls => KvmGuestSupport.Controls;

    /// <summary>The VM exits that guests can have.</summary>
    public static IReadOnlyList<BasicExitReason> CarriedExits { get; } =
    [
        BasicExitReason.ExceptionOrNmi,
        BasicExitReason.ExternalInterrupt,
        BasicExitReason.TripleFault,
        BasicExitReason.InitSignal,
        BasicExitReason.InterruptWindow,
        BasicExitReason.NmiWindow,
        BasicExitReason.Cpuid,
        BasicExitReason.Hlt,
        BasicExitReason.Invd,
        BasicExitReason.Invlpg,
        BasicExitReason.Rdpmc,
        BasicExitReason.Rdtsc,
        BasicExitReason.Vmcall,
        BasicExitReason.Vmclear,
        BasicExitReason.Vmlaunch,
        BasicExitReason.Vmptrld,
        BasicExitReason.Vmptrst,
        BasicExitReason.Vmread,
        BasicExitReason.Vmresume,
        BasicExitReason.Vmwrite,
        BasicExitReason.Vmxoff,
        BasicExitReason.Vmxon,
        BasicExitReason.CrAccess,
        BasicExitReason.MovDr,
        BasicExitReason.IoInstruction,
        BasicExitReason.Rdmsr,
        BasicExitReason.Wrmsr,
        BasicExitReason.Mwait,
        BasicExitReason.MonitorTrapFlag,
        BasicExitReason.Monitor,
        BasicExitReason.Pause,
        BasicExitReason.GdtrIdtrAccess,
        BasicExitReason.LdtrTrAccess,
        BasicExitReason.EptViolation,
        BasicExitReason.EptMisconfiguration,
        BasicExitReason.Invept,
        BasicExitReason.Rdtscp,
        BasicExitReason.Invvpid,
        BasicExitReason.Wbinvd,
        BasicExitReason.Xsetbv,
        BasicExitReason.Rdrand,
        BasicExitReason.Invpcid,
        BasicExitReason.Rdseed,
    ];

    /// <inheritdoc/>
    public IReadOnlyList<string> FindUnsupported(VmxGuest guest)
    {
        ArgumentNullException.ThrowIfNull(guest);
        var names = KvmGuestSupport.Find(guest);
        if ((guest.Vmcs.GuestCr0 & RegisterBits.Cr0Pg) != 0 && !guest.Controls.VmEntry.Ia32eModeGuest && !Supports32BitPaging)
            names.Add(
                $"{nameof(guest.Vmcs.GuestCr0)}.PG without {nameof(VmEntryControls.Ia32eModeGuest)} (32-bit paging, which this host's KVM does not run)"
            );
        if (guest.Vmcs.GuestSsAccessRights.Dpl == 3 && (guest.Vmcs.GuestCr0 & RegisterBits.Cr0Pe) != 0 && !SupportsUserMode)
            names.Add(
                $"{nameof(guest.Vmcs.GuestSsAccessRights)}.{nameof(SegmentAccessRights.Dpl)} = 3 (CPL 3, where this host's KVM reports no single steps)"
            );
        if (guest.Memory is not KvmPhysicalMemory { Memory: { } ram })
            names.Add($"physical memory of type {guest.Memory.GetType().Name} (give SoftwareVmx a {nameof(KvmPhysicalMemory)})");
        else
            AddMemory(names, GuestPhysicalMap.Read(guest, ram.Size));
        return names;
    }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">
    /// The guest did what this host's KVM, or this executor, cannot do; the message says what.
    /// </exception>
    /// <exception cref="OperationCanceledException">The guest's token was cancelled.</exception>
    /// <exception cref="KvmException">KVM does not take the guest's state.</exception>
    public VmExit Run(VmxGuest guest)
    {
        ArgumentNullException.ThrowIfNull(guest);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var memory = ((KvmPhysicalMemory)guest.Memory).Memory!;
        var map = GuestPhysicalMap.Read(guest, memory.Size);
        if (_machine is null || !_machine.Fits(memory, map.Runs))
        {
            Discard();
            _machine = new KvmGuestMachine(_host, memory, map.Runs);
        }
        VmExit exit;
        bool isSpent;
        try
        {
            using var kick = guest.CancellationToken.UnsafeRegister(static vcpu => ((KvmVcpu)vcpu!).Kick(), _machine.Vcpu);
            exit = new KvmGuestRun(guest, _machine, map, _abilities).ToExit(out isSpent);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            // Whatever KVM was in the middle of must not go on in another guest.
            Discard();
            throw;
        }
        if (isSpent)
            Discard();
        return exit;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        Discard();
    }

    private void AddMemory(List<string> names, GuestPhysicalMap map)
    {
        if (map.HasExecuteOnly)
            names.Add("EPT entries that allow execution without reads");
        var most = _host.Check(KvmCapability.NrMemslots);
        if (map.Runs.Count > most)
            names.Add($"{map.Runs.Count} ranges of guest-physical memory (KVM has {most} memory slots)");
    }

    private void Discard()
    {
        _machine?.Dispose();
        _machine = null;
    }
}
