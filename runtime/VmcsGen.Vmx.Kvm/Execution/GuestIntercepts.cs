using System;
using VmcsGen.Kvm;
using VmcsGen.Vmx.Software;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Kvm;

/// <summary>Which instructions cause VM exits, and with which information (SDM 3C 26.1 and 28.2).</summary>
internal readonly ref struct GuestIntercepts
{
    private const ulong Cr4Osxsave = 1UL << 18;

    private readonly VmxGuest _guest;
    private readonly KvmGuestState _state;
    private readonly ref readonly KvmRegs _regs;
    private readonly ref readonly KvmSregs _sregs;
    private readonly PrimaryProcessorBasedControls _primary;
    private readonly SecondaryProcessorBasedControls _secondary;

    internal GuestIntercepts(VmxGuest guest, KvmGuestState state, in KvmRegs regs, in KvmSregs sregs)
    {
        _guest = guest;
        _state = state;
        _regs = ref regs;
        _sregs = ref sregs;
        _primary = guest.Controls.PrimaryProcessorBased;
        _secondary = guest.Controls.SecondaryProcessorBased;
    }

    /// <summary>The VM exit that an instruction causes; null if it is to be executed. Faults that come before it are KVM's to raise.</summary>
    internal VmExit? Find(in GuestInstruction instruction)
    {
        var isPrivileged = GuestRegisters.Cpl(_regs, _sregs) == 0;
        var isProtected = GuestRegisters.IsProtected(_regs, _sregs);
        return instruction.Opcode switch
        {
            GuestOpcode.Cpuid => Exit(BasicExitReason.Cpuid, instruction),
            GuestOpcode.Vmcall => Exit(BasicExitReason.Vmcall, instruction),
            GuestOpcode.Hlt when _primary.HltExiting && isPrivileged => Exit(BasicExitReason.Hlt, instruction),
            GuestOpcode.Invd when isPrivileged => Exit(BasicExitReason.Invd, instruction),
            GuestOpcode.Wbinvd when _secondary.WbinvdExiting && isPrivileged => Exit(BasicExitReason.Wbinvd, instruction),
            GuestOpcode.Xsetbv when isPrivileged && (_state.Cr4 & Cr4Osxsave) != 0 => Exit(BasicExitReason.Xsetbv, instruction),
            GuestOpcode.Invlpg when _primary.InvlpgExiting && isPrivileged => Exit(
                BasicExitReason.Invlpg,
                instruction,
                GuestRegisters.Linear(_regs, _sregs, instruction.Memory, instruction.AddressSize, instruction.Length)
            ),
            GuestOpcode.Invpcid when _primary.InvlpgExiting && _secondary.EnableInvpcid && isPrivileged => WithMemory(
                BasicExitReason.Invpcid,
                instruction
            ),
            GuestOpcode.Rdtsc when _primary.RdtscExiting => Exit(BasicExitReason.Rdtsc, instruction),
            GuestOpcode.Rdtscp when _primary.RdtscExiting && _secondary.EnableRdtscp => Exit(BasicExitReason.Rdtscp, instruction),
            GuestOpcode.Rdpmc when _primary.RdpmcExiting => Exit(BasicExitReason.Rdpmc, instruction),
            GuestOpcode.Monitor when _primary.MonitorExiting && isPrivileged => Exit(BasicExitReason.Monitor, instruction),
            // Nothing monitors anything here.
            GuestOpcode.Mwait when _primary.MwaitExiting && isPrivileged => Exit(BasicExitReason.Mwait, instruction),
            GuestOpcode.Pause when _primary.PauseExiting => Exit(BasicExitReason.Pause, instruction),
            GuestOpcode.Rdrand when _secondary.RdrandExiting => Random(BasicExitReason.Rdrand, instruction),
            GuestOpcode.Rdseed when _secondary.RdseedExiting => Random(BasicExitReason.Rdseed, instruction),
            GuestOpcode.Rdmsr when isPrivileged && InterceptsMsr(MsrAccess.Read) => Exit(BasicExitReason.Rdmsr, instruction),
            GuestOpcode.Wrmsr when isPrivileged && InterceptsMsr(MsrAccess.Write) => Exit(BasicExitReason.Wrmsr, instruction),
            GuestOpcode.In or GuestOpcode.Out or GuestOpcode.Ins or GuestOpcode.Outs when MayUsePorts => Io(instruction),
            GuestOpcode.MovToDr or GuestOpcode.MovFromDr when _primary.MovDrExiting && isPrivileged => MovDr(instruction),
            GuestOpcode.MovToCr when isPrivileged => MovToCr(instruction),
            GuestOpcode.MovFromCr when isPrivileged => MovFromCr(instruction),
            GuestOpcode.Clts when isPrivileged && (_guest.Vmcs.Cr0GuestHostMask & _guest.Vmcs.Cr0ReadShadow & 8) != 0 => Exit(
                BasicExitReason.CrAccess,
                instruction,
                new CrAccessQualification { AccessType = CrAccessType.Clts }.Value
            ),
            GuestOpcode.Sgdt or GuestOpcode.Sidt when _secondary.DescriptorTableExiting => DescriptorTable(
                BasicExitReason.GdtrIdtrAccess,
                instruction
            ),
            GuestOpcode.Lgdt or GuestOpcode.Lidt when _secondary.DescriptorTableExiting && isPrivileged => DescriptorTable(
                BasicExitReason.GdtrIdtrAccess,
                instruction
            ),
            GuestOpcode.Sldt or GuestOpcode.Str when _secondary.DescriptorTableExiting && isProtected => DescriptorTable(
                BasicExitReason.LdtrTrAccess,
                instruction
            ),
            GuestOpcode.Lldt or GuestOpcode.Ltr when _secondary.DescriptorTableExiting && isProtected && isPrivileged => DescriptorTable(
                BasicExitReason.LdtrTrAccess,
                instruction
            ),
            GuestOpcode.Vmclear when isProtected => WithMemory(BasicExitReason.Vmclear, instruction),
            GuestOpcode.Vmptrld when isProtected => WithMemory(BasicExitReason.Vmptrld, instruction),
            GuestOpcode.Vmptrst when isProtected => WithMemory(BasicExitReason.Vmptrst, instruction),
            GuestOpcode.Vmxon when isProtected => WithMemory(BasicExitReason.Vmxon, instruction),
            GuestOpcode.Vmread when isProtected => WithMemory(BasicExitReason.Vmread, instruction),
            GuestOpcode.Vmwrite when isProtected => WithMemory(BasicExitReason.Vmwrite, instruction),
            GuestOpcode.Invept when isProtected => WithMemory(BasicExitReason.Invept, instruction),
            GuestOpcode.Invvpid when isProtected => WithMemory(BasicExitReason.Invvpid, instruction),
            GuestOpcode.Vmlaunch when isProtected => Exit(BasicExitReason.Vmlaunch, instruction),
            GuestOpcode.Vmresume when isProtected => Exit(BasicExitReason.Vmresume, instruction),
            GuestOpcode.Vmxoff when isProtected => Exit(BasicExitReason.Vmxoff, instruction),
            _ => null,
        };
    }

    // SDM 1 19.5: beyond IOPL the task's bitmap decides, which is looked at by KVM.
    private bool MayUsePorts => GuestRegisters.Cpl(_regs, _sregs) <= (int)(_regs.Rflags >> 12 & 3);

    private static VmExit Exit(BasicExitReason reason, in GuestInstruction instruction, ulong qualification = 0, uint information = 0) =>
        new()
        {
            Reason = new ExitReason { BasicReason = reason },
            Qualification = qualification,
            InstructionLength = (uint)instruction.Length,
            InstructionInformation = information,
        };

    private bool InterceptsMsr(MsrAccess access)
    {
        if (!_primary.UseMsrBitmaps)
            return true;
        var page = new byte[VmxPage.Size];
        _guest.Memory.Read(_guest.Vmcs.MsrBitmap, page);
        return new MsrBitmap(page).Intercepts((uint)_regs.Rcx, access);
    }

    private bool InterceptsPort(ushort port, int size)
    {
        if (!_primary.UseIoBitmaps)
            return _primary.UnconditionalIoExiting;
        var pages = new byte[2 * VmxPage.Size];
        _guest.Memory.Read(_guest.Vmcs.IoBitmapA, pages.AsSpan(0, VmxPage.Size));
        _guest.Memory.Read(_guest.Vmcs.IoBitmapB, pages.AsSpan(VmxPage.Size));
        return new IoBitmaps(pages.AsSpan(0, VmxPage.Size), pages.AsSpan(VmxPage.Size)).Intercepts(port, size);
    }

    private VmExit? Io(in GuestInstruction instruction)
    {
        var port = instruction.ImmediatePort ?? (ushort)_regs.Rdx;
        if (!InterceptsPort(port, instruction.OperandSize))
            return null;
        var isString = instruction.Opcode is GuestOpcode.Ins or GuestOpcode.Outs;
        var isIn = instruction.Opcode is GuestOpcode.In or GuestOpcode.Ins;
        var exit = Exit(
            BasicExitReason.IoInstruction,
            instruction,
            new IoInstructionQualification
            {
                AccessSize = (IoAccessSize)(instruction.OperandSize - 1),
                Direction = isIn ? IoDirection.In : IoDirection.Out,
                StringInstruction = isString,
                RepPrefixed = isString && instruction.IsRepeated,
                OperandEncoding = instruction.ImmediatePort is null ? IoOperandEncoding.Dx : IoOperandEncoding.Immediate,
                Port = port,
            }.Value
        );
        if (!isString)
            return exit;
        var offset = GuestRegisters.Truncate(isIn ? _regs.Rdi : _regs.Rsi, instruction.AddressSize);
        return exit with
        {
            GuestLinearAddress = GuestRegisters.Linear(_sregs, instruction.Memory.Segment, offset),
            InstructionInformation = AddressSize(instruction) | (uint)instruction.Memory.Segment << 15,
        };
    }

    private static VmExit MovDr(in GuestInstruction instruction) =>
        Exit(
            BasicExitReason.MovDr,
            instruction,
            new DrAccessQualification
            {
                DebugRegister = (uint)instruction.Register & 7,
                Direction = instruction.Opcode == GuestOpcode.MovToDr ? DrAccessDirection.MovToDr : DrAccessDirection.MovFromDr,
                GeneralPurposeRegister = (GeneralPurposeRegister)instruction.OtherRegister,
            }.Value
        );

    private VmExit? MovToCr(in GuestInstruction instruction)
    {
        var value = GuestRegisters.Get(_regs, instruction.OtherRegister);
        var vmcs = _guest.Vmcs;
        var exits = instruction.Register switch
        {
            0 => ((value ^ vmcs.Cr0ReadShadow) & vmcs.Cr0GuestHostMask) != 0,
            3 => _primary.Cr3LoadExiting && !IsCr3Target(value),
            4 => ((value ^ vmcs.Cr4ReadShadow) & vmcs.Cr4GuestHostMask) != 0,
            8 => _primary.Cr8LoadExiting,
            _ => false,
        };
        return exits ? CrAccess(instruction, CrAccessType.MovToCr) : null;
    }

    private VmExit? MovFromCr(in GuestInstruction instruction) =>
        instruction.Register switch
        {
            3 when _primary.Cr3StoreExiting => CrAccess(instruction, CrAccessType.MovFromCr),
            8 when _primary.Cr8StoreExiting => CrAccess(instruction, CrAccessType.MovFromCr),
            _ => null,
        };

    private bool IsCr3Target(ulong value)
    {
        for (var i = 0u; i < _guest.Vmcs.Cr3TargetCount; i++)
        {
            if (_guest.Vmcs.Access.Read(VmcsField.Cr3TargetValue0 + (2 * i)) == value)
                return true;
        }
        return false;
    }

    private static VmExit CrAccess(in GuestInstruction instruction, CrAccessType type) =>
        Exit(
            BasicExitReason.CrAccess,
            instruction,
            new CrAccessQualification
            {
                ControlRegister = (uint)instruction.Register,
                AccessType = type,
                GeneralPurposeRegister = (GeneralPurposeRegister)instruction.OtherRegister,
            }.Value
        );

    private static VmExit Random(BasicExitReason reason, in GuestInstruction instruction) =>
        Exit(reason, instruction, 0, (uint)instruction.OtherRegister << 3 | SizeCode(instruction.OperandSize) << 11);

    // Reg2 of VMX instructions with two operands is at 31:28.
    private VmExit WithMemory(BasicExitReason reason, in GuestInstruction instruction)
    {
        var information = Operand(instruction);
        if (
            reason
            is BasicExitReason.Vmread
                or BasicExitReason.Vmwrite
                or BasicExitReason.Invept
                or BasicExitReason.Invvpid
                or BasicExitReason.Invpcid
        )
            information |= (uint)instruction.Register << 28;
        return Exit(reason, instruction, Displacement(instruction), information);
    }

    private VmExit DescriptorTable(BasicExitReason reason, in GuestInstruction instruction)
    {
        var identity = instruction.Opcode switch
        {
            GuestOpcode.Sidt or GuestOpcode.Str => 1u,
            GuestOpcode.Lgdt or GuestOpcode.Lldt => 2u,
            GuestOpcode.Lidt or GuestOpcode.Ltr => 3u,
            _ => 0u,
        };
        var information = Operand(instruction) | identity << 28;
        if (reason == BasicExitReason.GdtrIdtrAccess && instruction.OperandSize != 2)
            information |= 1u << 11;
        return Exit(reason, instruction, Displacement(instruction), information);
    }

    // SDM 3C 28.2.5: where the operand is, in the places that all formats share.
    private static uint Operand(in GuestInstruction instruction)
    {
        if (instruction.IsRegisterOperand)
            return (uint)instruction.OtherRegister << 3 | 1u << 10;
        var memory = instruction.Memory;
        var information = AddressSize(instruction) | (uint)memory.Segment << 15 | (uint)memory.Scale;
        information |= memory.Index < 0 ? 1u << 22 : (uint)memory.Index << 18;
        information |= memory.Base < 0 ? 1u << 27 : (uint)memory.Base << 23;
        return information;
    }

    private ulong Displacement(in GuestInstruction instruction)
    {
        if (instruction.IsRegisterOperand)
            return 0;
        var displacement = (ulong)instruction.Memory.Displacement;
        return instruction.Memory.IsRipRelative ? displacement + _regs.Rip + (ulong)instruction.Length : displacement;
    }

    private static uint AddressSize(in GuestInstruction instruction) => SizeCode(instruction.AddressSize) << 7;

    private static uint SizeCode(int size) =>
        size switch
        {
            2 => 0u,
            4 => 1u,
            _ => 2u,
        };
}
