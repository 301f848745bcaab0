using System;
using VmcsGen.Kvm;
using VmcsGen.Vmx.Entry;
using VmcsGen.Vmx.Software;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Kvm;

/// <summary>One turn of a guest, from VM entry to VM exit.</summary>
internal sealed class KvmGuestRun
{
    private const int MaxInstructionLength = 15;
    private const int Iret = 0xCF;
    private const int Sti = 0xFB;

    private readonly VmxGuest _guest;
    private readonly KvmGuestMachine _machine;
    private readonly GuestPhysicalMap _map;
    private readonly KvmHostAbilities _abilities;
    private readonly KvmGuestState _state;
    private bool _isSpent;

    // Whether the guest gets an event from outside at this boundary, instead of executing an instruction.
    private bool _isTaken;

    // As before the instruction at hand: what a VM exit saves.
    private KvmRegs _regs;
    private KvmSregs _sregs;
    private KvmInterruptShadow _shadow;
    private bool _isBehindSti;

    internal KvmGuestRun(VmxGuest guest, KvmGuestMachine machine, GuestPhysicalMap map, KvmHostAbilities abilities)
    {
        _guest = guest;
        _machine = machine;
        _map = map;
        _abilities = abilities;
        _state = new KvmGuestState(guest, machine);
    }

    /// <summary>Runs the guest.</summary>
    /// <param name="isSpent">Whether the machine was left in the middle of an access and cannot go on.</param>
    internal VmExit ToExit(out bool isSpent)
    {
        var isFirst = true;
        TakeBoundary();
        if (GuestEvent.Of(_guest.Vmcs) is { } injected)
        {
            isFirst = false;
            _state.IsBlockedByNmi |= injected.Type == InterruptionType.Nmi;
            _machine.Raise(injected);
            if (Deliver() is { } exit)
                return End(exit, out isSpent);
        }
        while (true)
        {
            TakeBoundary();
            if (FindEvent(isFirst) is { } atBoundary)
                return End(atBoundary, out isSpent);
            isFirst = false;
            if ((_isTaken ? Deliver() : Execute()) is { } atInstruction)
                return End(atInstruction, out isSpent);
        }
    }

    private static VmExit Event(BasicExitReason reason) => new() { Reason = new ExitReason { BasicReason = reason } };

    private VmExit End(VmExit exit, out bool isSpent)
    {
        _state.Save(_regs, _sregs, _shadow);
        isSpent = _isSpent;
        return exit;
    }

    // Saves the guest first, as a VM exit does.
    private void ThrowIfCancelled()
    {
        if (!_guest.CancellationToken.IsCancellationRequested)
            return;
        _state.Save(_regs, _sregs, _shadow);
        _guest.CancellationToken.ThrowIfCancellationRequested();
    }

    private void TakeBoundary()
    {
        _regs = _machine.Regs;
        _sregs = _machine.Sregs;
        _shadow = _isBehindSti ? KvmInterruptShadow.Sti : _machine.Shadow;
        // KVM on AMD's processors cannot tell the two apart. Blocking by STI with RFLAGS.IF 0 is no state of VMX (SDM 3C 27.3.1.5).
        if (_shadow == (KvmInterruptShadow.Sti | KvmInterruptShadow.MovSs))
            _shadow = (_regs.Rflags & RegisterBits.RflagsIf) != 0 ? KvmInterruptShadow.Sti : KvmInterruptShadow.MovSs;
        _isBehindSti = false;
    }

    // Between instructions, by priority (SDM 3C 26.2 and table 7-2).
    private VmExit? FindEvent(bool isFirst)
    {
        _isTaken = false;
        if (!isFirst && _guest.Controls.PrimaryProcessorBased.MonitorTrapFlag)
            return Event(BasicExitReason.MonitorTrapFlag);
        var boundary = new VmxBoundary((_regs.Rflags & RegisterBits.RflagsIf) != 0, _state.Interruptibility(_shadow));
        if (_guest.TakeExit(boundary) is { } exit)
            return exit;
        ThrowIfCancelled();
        if (_guest.TakeEvent(boundary) is { } taken)
        {
            _state.IsBlockedByNmi |= taken.Kind == VmxEventKind.Nmi;
            _machine.Raise(GuestEvent.Of(taken));
            _isTaken = true;
        }
        return null;
    }

    private VmExit? Execute()
    {
        var mode = GuestRegisters.CodeSize(_sregs);
        var linear = GuestRegisters.CodeAddress(_regs, _sregs);
        Span<byte> code = stackalloc byte[MaxInstructionLength];
        var length = Fetch(linear, code, out var fetchExit);
        if (length == 0 && fetchExit is not null)
            return fetchExit;
        // A page fault on the fetch is KVM's to raise: nothing is decoded then.
        var instruction = length == 0 ? default : GuestInstructionDecoder.Decode(code[..length], mode);
        if (instruction.Opcode == GuestOpcode.Incomplete)
        {
            if (fetchExit is not null)
                return fetchExit;
            instruction = default;
        }
        if (instruction.Opcode == GuestOpcode.Int3 && (_guest.Vmcs.ExceptionBitmap & 1 << 3) != 0)
            return Breakpoint(instruction);
        if (new GuestIntercepts(_guest, _state, _regs, _sregs).Find(instruction) is { } exit)
            return exit;
        if (new GuestEmulation(_guest, _state, _machine, _abilities).TryExecute(instruction))
            return null;
        if (GuestRegisters.Cpl(_regs, _sregs) == 3 && !_abilities.StepsAtCpl3)
            throw new NotSupportedException($"The guest is at CPL 3 at 0x{_regs.Rip:X}, where this host's KVM reports no single steps.");
        return _machine.Raised is null ? Step(instruction, code[..length], fetchExit) : Deliver();
    }

    private VmExit? Step(in GuestInstruction instruction, ReadOnlySpan<byte> code, VmExit? fetchExit)
    {
        var most = _abilities.StopsAtHardwareBreakpoints ? KvmGuestMachine.MaxStops : GuestStops.MaxCount;
        Span<ulong> addresses = stackalloc ulong[most];
        Span<GuestFrame> frames = stackalloc GuestFrame[most];
        var opcode = GuestInstructionDecoder.FindOpcode(code, GuestRegisters.CodeSize(_sregs), out _);
        var stops = GuestStops.Find(_map, _sregs, SystemCallTarget(opcode), code, addresses, frames);
        var isToldBy = RunTo(stops.Addresses, StepKind.Instruction, out var step);
        if (isToldBy && step.Reason == KvmExitReason.Intr)
        {
            // The instruction was not executed, or a fault of it got as far as the handler.
            if (_machine.Regs.Rip != _regs.Rip)
                GuestTrapFlag.Hide(_machine, _map, opcode, stops);
            TakeBoundary();
            ThrowIfCancelled();
            return null;
        }
        if (isToldBy && AfterStep(step, instruction, code, fetchExit) is { } exit)
            return exit;
        GuestTrapFlag.Hide(_machine, _map, opcode, stops);
        // SDM 3C 26.3: IRET ends the blocking of NMIs, or with that control of virtual NMIs.
        if (opcode == Iret && !_machine.StoppedAtHandler)
            _state.IsBlockedByNmi = false;
        // SDM 2B, STI: interrupts stay blocked for one instruction more. Not every processor beneath KVM tells of it after a single step,
        // and some execute that instruction too.
        _isBehindSti =
            opcode == Sti
            && (~_regs.Rflags & _machine.Regs.Rflags & RegisterBits.RflagsIf) != 0
            && _machine.Regs.Rip - _regs.Rip == (ulong?)GuestInstructionDecoder.FindLength(code, GuestRegisters.CodeSize(_sregs));
        ThrowIfNextWasExecuted(opcode, code);
        return null;
    }

    private ulong? SystemCallTarget(int opcode) =>
        opcode switch
        {
            GuestTrapFlag.Syscall when _guest.Msrs.ContainsKey(SoftwareMsrs.Lstar) => _machine.GetMsr(SoftwareMsrs.Lstar),
            GuestTrapFlag.Sysenter when _guest.Msrs.ContainsKey(SoftwareMsrs.SysenterEip) => _machine.GetMsr(SoftwareMsrs.SysenterEip),
            _ => null,
        };

    // After a load of SS a processor holds the debug exception back for one instruction, which was then executed without being looked at.
    private void ThrowIfNextWasExecuted(int opcode, ReadOnlySpan<byte> code)
    {
        if (opcode is not (0x8E or 0x17) || GuestInstructionDecoder.FindLength(code, GuestRegisters.CodeSize(_sregs)) is not { } length)
            return;
        var after = _regs with { Rip = _regs.Rip + (ulong)length };
        if (_machine.Regs.Rip == after.Rip)
            return;
        var next = GuestInstructionDecoder.Decode(code[length..], GuestRegisters.CodeSize(_sregs));
        if (next.Opcode == GuestOpcode.Incomplete || new GuestIntercepts(_guest, _state, after, _sregs).Find(next) is not null)
        {
            throw new NotSupportedException(
                $"The instruction at 0x{after.Rip:X} follows a load of SS, and the processor executed it before it could be looked at. "
                    + "Put a NOP between the two."
            );
        }
    }

    // A VM exit during the delivery says which event it was (SDM 3C 28.2.4).
    private VmExit? Deliver()
    {
        var raised = _machine.Raised!.Value;
        var handler = GuestHandlers.Find(_map, _sregs, raised.Vector);
        ReadOnlySpan<ulong> stops = handler is { } known ? [known.Address] : [];
        if (!RunTo(stops, handler is null ? StepKind.UnknownDelivery : StepKind.Delivery, out var step))
            return null;
        return AfterStep(step, default, default, null) is { } exit
            ? exit with
            {
                IdtVectoring = raised.Vectoring,
                IdtVectoringErrorCode = raised.ErrorCode ?? 0,
            }
            : null;
    }

    // By debug registers, or by HLT where these have no effect. False if the guest halted at a stop: nothing is left to look at.
    private bool RunTo(scoped ReadOnlySpan<ulong> stops, StepKind kind, out KvmExit exit)
    {
        if (_abilities.StopsAtHardwareBreakpoints)
        {
            exit = Run(stops, kind);
            return true;
        }
        Span<ulong> elsewhere = stackalloc ulong[stops.Length];
        var count = 0;
        var here = GuestRegisters.CodeAddress(_regs, _sregs);
        foreach (var stop in stops)
        {
            // Not over the instruction at hand.
            if (kind != StepKind.Instruction || stop - here >= MaxInstructionLength)
                elsewhere[count++] = stop;
        }
        Span<HaltPatches.Patch> room = stackalloc HaltPatches.Patch[count];
        var patches = HaltPatches.Place(_map, _sregs, elsewhere[..count], room);
        try
        {
            exit = Run([], kind);
        }
        finally
        {
            patches.Restore();
        }
        if (exit.Reason != KvmExitReason.Hlt || !patches.HaltedBefore(GuestRegisters.CodeAddress(_machine.Regs, _machine.Sregs)))
            return true;
        _machine.TakeBackHalt();
        return false;
    }

    private KvmExit Run(scoped ReadOnlySpan<ulong> stops, StepKind kind) =>
        kind == StepKind.Instruction
            ? _machine.Step(stops, _guest.CancellationToken)
            : _machine.Deliver(stops, isHandlerKnown: kind == StepKind.Delivery, _guest.CancellationToken);

    private VmExit? AfterStep(KvmExit step, in GuestInstruction instruction, ReadOnlySpan<byte> code, VmExit? fetchExit)
    {
        while (true)
        {
            switch (step.Reason)
            {
                case KvmExitReason.Debug or KvmExitReason.Intr:
                    return null;

                case KvmExitReason.Io:
                    if (instruction.Opcode is not (GuestOpcode.In or GuestOpcode.Out or GuestOpcode.Ins or GuestOpcode.Outs))
                        throw HandlerNotCarried("an access to a port");
                    // At CPL beyond IOPL KVM has looked at the task's bitmap, and the access is allowed.
                    if (
                        new GuestIntercepts(_guest, _state, _regs with { Rflags = _regs.Rflags | RegisterBits.RflagsIopl }, _sregs).Find(
                            instruction
                        ) is
                        { } exit
                    )
                        return Spent(exit);
                    if (step.Io.Direction == KvmIoDirection.In)
                        step.Io.Data.Fill(0xFF);
                    step = _machine.Complete();
                    continue;

                case KvmExitReason.Mmio:
                    var mmio = step.Mmio;
                    if (FindDataExit(mmio.Address, mmio.IsWrite, code) is { } violation)
                        return Spent(violation);
                    if (!mmio.IsWrite)
                        mmio.Data.Fill(0xFF);
                    step = _machine.Complete();
                    continue;

                case KvmExitReason.Shutdown:
                    return Spent(Event(BasicExitReason.TripleFault));

                case KvmExitReason.InternalError when fetchExit is not null:
                    // The instruction goes on in a page that EPT does not map.
                    return Spent(fetchExit.Value);

                case KvmExitReason.Hlt:
                    throw HandlerNotCarried("HLT");

                default:
                    throw new NotSupportedException(
                        $"KVM on this host cannot execute the guest's instruction {Convert.ToHexString(code)} at 0x{_regs.Rip:X}: {step.ToString()}."
                    );
            }
        }
    }

    private NotSupportedException HandlerNotCarried(string what) =>
        new(
            $"The instruction at 0x{_regs.Rip:X} raised an exception whose handler was not expected and begins with {what}, which was not looked at "
                + "before KVM executed it. Handlers of #GP, #PF, #UD, #SS and of the instruction's own exception are."
        );

    private VmExit Spent(VmExit exit)
    {
        _isSpent = true;
        return exit;
    }

    // SDM 3C 28.2.2: a software exception, whose instruction has a length.
    private static VmExit Breakpoint(in GuestInstruction instruction) =>
        Event(BasicExitReason.ExceptionOrNmi) with
        {
            Interruption = new ExitInterruptionInformation
            {
                Valid = true,
                Type = InterruptionType.SoftwareException,
                Vector = (uint)ExceptionVector.Breakpoint,
            },
            InstructionLength = (uint)instruction.Length,
        };

    // Returns how many bytes there are; if the rest is out of reach for EPT, the VM exit that its fetch causes.
    private int Fetch(ulong linear, Span<byte> code, out VmExit? exit)
    {
        exit = null;
        var done = 0;
        while (done < code.Length)
        {
            var address = linear + (ulong)done;
            var translation = GuestPaging.Translate(_map, _sregs, address, isFetch: true);
            if (translation.Outcome == GuestTranslationOutcome.PageFault)
                break;
            var isTranslated = translation.Outcome == GuestTranslationOutcome.Translated;
            var run = _map.Find(translation.Address);
            if (!isTranslated || run is not { IsExecutable: true })
            {
                exit = Violation(translation.Address, address, isTranslated, isWrite: false, isFetch: isTranslated);
                break;
            }
            var inPage = VmxPage.Size - (int)(translation.Address % VmxPage.Size);
            var length = Math.Min(inPage, code.Length - done);
            done += _map.Read(translation.Address, code.Slice(done, length));
        }
        return done;
    }

    // Null if EPT allows the access, so that there is no memory behind it.
    private VmExit? FindDataExit(ulong guestPhysical, bool isWrite, ReadOnlySpan<byte> code)
    {
        if (_map.Find(guestPhysical) is { } run && (!isWrite || run.IsWritable))
            return null;
        var linear = GuestDataAddress.Find(_map, _regs, _sregs, code, guestPhysical);
        return Violation(guestPhysical, linear, isTranslated: true, isWrite, isFetch: false);
    }

    private VmExit Violation(ulong guestPhysical, ulong? linear, bool isTranslated, bool isWrite, bool isFetch)
    {
        if (_map.IsMisconfigured(guestPhysical))
            return Event(BasicExitReason.EptMisconfiguration) with { GuestPhysicalAddress = guestPhysical };
        var run = _map.Find(guestPhysical);
        return Event(BasicExitReason.EptViolation) with
        {
            Qualification = new EptViolationQualification
            {
                DataRead = !isWrite && !isFetch,
                DataWrite = isWrite,
                InstructionFetch = isFetch,
                Readable = run is not null,
                Writable = run is { IsWritable: true },
                Executable = run is { IsExecutable: true },
                GuestLinearAddressValid = linear is not null,
                TranslatedAddress = linear is not null && isTranslated,
            }.Value,
            GuestPhysicalAddress = guestPhysical,
            GuestLinearAddress = linear ?? 0,
        };
    }

    private enum StepKind
    {
        /// <summary>An instruction.</summary>
        Instruction,

        /// <summary>The delivery of the raised event to its handler.</summary>
        Delivery,

        /// <summary>The delivery of the raised event to a handler that is not known.</summary>
        UnknownDelivery,
    }
}
