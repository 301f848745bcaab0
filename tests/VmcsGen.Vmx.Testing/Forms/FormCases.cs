using System;
using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Vmx.Testing;

/// <summary>SDM 3C 31.3: the exceptions that each instruction lists for protected and compatibility mode and for 64-bit mode.</summary>
public static class FormCases
{
    // The processor's program maps the first 4 GiB, and nothing here.
    private const ulong Unmapped = 0x3_0000_0008;
    private const ulong NotCanonical = 1UL << 63;

    // SDM 3A 5.7: bit 1 of the error code of a page fault is 1 for a write.
    private const uint WriteError = 2;

    private static readonly VmxInstruction[] s_withOperand =
    [
        VmxInstruction.Vmxon,
        VmxInstruction.Vmclear,
        VmxInstruction.Vmptrld,
        VmxInstruction.Vmptrst,
        VmxInstruction.Vmread,
        VmxInstruction.Vmwrite,
        VmxInstruction.Invept,
        VmxInstruction.Invvpid,
    ];

    /// <summary>All cases.</summary>
    public static IReadOnlyList<FormCase> All { get; } = [.. Operands(), .. Modes(), .. Others()];

    /// <summary>The case of a name.</summary>
    public static FormCase Named(string name) => All.Single(one => one.Name == name);

    private static IEnumerable<FormCase> Operands()
    {
        foreach (var instruction in s_withOperand)
        {
            var name = instruction.ToString().ToUpperInvariant();
            var stage = instruction == VmxInstruction.Vmxon ? VmxStage.Enabled : VmxStage.Current;
            var isWrite = instruction is VmxInstruction.Vmptrst or VmxInstruction.Vmread;
            yield return new(
                $"{name} of an address that is not mapped raises #PF",
                stage,
                _ => With(instruction, Unmapped),
                FormOutcome.PageFault(isWrite ? WriteError : 0, Unmapped)
            );
            yield return new(
                $"{name} of an address that is not canonical raises #GP",
                stage,
                _ => With(instruction, NotCanonical),
                FormOutcome.Protection
            );
            yield return new(
                $"{name} of an address that is not canonical in the stack segment raises #SS",
                stage,
                _ => With(instruction, NotCanonical) with { IsInStackSegment = true },
                FormOutcome.StackFault
            );
        }
    }

    private static IEnumerable<FormCase> Modes()
    {
        foreach (var instruction in Enum.GetValues<VmxInstruction>())
        {
            var name = instruction.ToString().ToUpperInvariant();
            yield return new(
                $"{name} in compatibility mode raises #UD",
                VmxStage.Current,
                rig => new(instruction, VmxInstructionMode.Compatibility) { Operand = rig.Scratch },
                FormOutcome.Undefined
            );
            yield return new(
                $"{name} at CPL 3 raises #GP",
                VmxStage.Current,
                rig => new(instruction, VmxInstructionMode.User) { Operand = rig.Scratch },
                FormOutcome.Protection
            );
            yield return new(
                $"{name} at CPL 3 raises #UD outside of VMX operation",
                VmxStage.Outside,
                rig => new(instruction, VmxInstructionMode.User) { Operand = rig.Scratch },
                FormOutcome.Undefined
            );
        }
    }

    // SDM 3C 27.1: events that MOV SS blocks are looked at before the launch state.
    private static IEnumerable<FormCase> Others()
    {
        var blocked = new FormOutcome(VmxResult.FailValid(VmInstructionError.EntryEventsBlockedByMovSs));
        yield return new(
            "VMLAUNCH behind MOV SS fails with error 26",
            VmxStage.Programmed,
            static _ => new(VmxInstruction.Vmlaunch, VmxInstructionMode.BehindMovSs),
            blocked
        );
        yield return new(
            "VMLAUNCH behind MOV SS fails with error 26 whatever the launch state",
            VmxStage.Launched,
            static _ => new(VmxInstruction.Vmlaunch, VmxInstructionMode.BehindMovSs),
            blocked
        );
        yield return new(
            "VMRESUME behind MOV SS fails with error 26",
            VmxStage.Launched,
            static _ => new(VmxInstruction.Vmresume, VmxInstructionMode.BehindMovSs),
            blocked
        );
        yield return new(
            "VMLAUNCH behind MOV SS without a current VMCS fails invalid",
            VmxStage.Root,
            static _ => new(VmxInstruction.Vmlaunch, VmxInstructionMode.BehindMovSs),
            new(VmxResult.FailInvalid)
        );
        yield return new(
            "VMPTRST to memory succeeds",
            VmxStage.Current,
            static rig => With(VmxInstruction.Vmptrst, rig.Scratch),
            new(VmxResult.Success)
        );
        yield return new(
            "VMREAD to memory succeeds",
            VmxStage.Current,
            static rig => With(VmxInstruction.Vmread, rig.Scratch),
            new(VmxResult.Success)
        );
    }

    private static VmxInstructionForm With(VmxInstruction instruction, ulong operand) =>
        new(instruction)
        {
            Operand = operand,
            Register = instruction is VmxInstruction.Vmread or VmxInstruction.Vmwrite ? (ulong)VmcsField.GuestRip : 1,
        };
}
