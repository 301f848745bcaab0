using System.Collections.Generic;
using System.Linq;
using VmcsGen.Vmx.Testing;

namespace VmcsGen.Vmx.Bochs.Tests.Vmx;

/// <summary>Where Bochs 2.7 does something else than the SDM says. All fields hold as many bits as the SDM says.</summary>
internal static class Deviations
{
    private static readonly VmxOutcome s_badOperand = VmxOutcome.Fail(VmInstructionError.InvalidOperandToInveptInvvpid);

    private static readonly Deviation[] s_all =
    [
        new(
            "VMCALL in VMX root operation fails with error 1",
            null,
            Known("VMCALL in VMX root operation with a current VMCS ends the emulator")
        ),
        .. WithoutEpt(
            ("INVEPT of all contexts succeeds", VmxOutcome.Success),
            ("INVEPT of a context succeeds", s_badOperand),
            ("INVEPT of type 0 fails with error 28", s_badOperand),
            ("INVEPT of type 3 fails with error 28", s_badOperand),
            ("INVEPT of type 3 without a current VMCS fails invalid", VmxOutcome.FailInvalid),
            ("INVEPT of a context with a page-walk length of 1 fails with error 28", s_badOperand)
        ),
        .. WithoutVpid(
            ("INVVPID of all contexts succeeds", VmxOutcome.Success),
            ("INVVPID of a context succeeds", VmxOutcome.Success),
            ("INVVPID of an address succeeds", VmxOutcome.Success),
            ("INVVPID of a context retaining globals succeeds", VmxOutcome.Success),
            ("INVVPID of type 4 fails with error 28", s_badOperand),
            ("INVVPID of VPID 0 fails with error 28", s_badOperand),
            ("INVVPID of an address that is not canonical fails with error 28", s_badOperand),
            ("INVVPID with reserved bits fails with error 28", s_badOperand),
            ("INVVPID of a VPID beyond 32 bits fails with error 28", s_badOperand)
        ),
    ];

    /// <summary>How a case deviates on a processor, or null.</summary>
    public static Deviation? Of(VmxCase one, VmxCapabilities capabilities) =>
        s_all.SingleOrDefault(deviation => deviation.Case == one.Name && deviation.Known.AppliesTo(capabilities));

    /// <summary>All that cases show.</summary>
    public static IEnumerable<BochsDeviation> Shown => s_all.Select(static deviation => deviation.Known).Distinct();

    private static IEnumerable<Deviation> WithoutEpt(params (string Case, VmxOutcome Observed)[] rows) =>
        rows.Select(static row => new Deviation(row.Case, row.Observed, Known("INVEPT raises no #UD on processors without it")));

    private static IEnumerable<Deviation> WithoutVpid(params (string Case, VmxOutcome Observed)[] rows) =>
        rows.Select(static row => new Deviation(row.Case, row.Observed, Known("INVVPID raises no #UD on processors without it")));

    private static BochsDeviation Known(string name) => BochsMachine.Deviations.Single(deviation => deviation.Name == name);
}
