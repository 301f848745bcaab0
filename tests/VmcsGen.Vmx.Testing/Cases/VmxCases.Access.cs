using System.Collections.Generic;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Testing;

public static partial class VmxCases
{
    // VMREAD and VMWRITE.
    private static IEnumerable<VmxCase> AccessCases()
    {
        const string Vmread = "SDM 3C 31.3, VMREAD";
        const string Vmwrite = "SDM 3C 31.3, VMWRITE";
        var unsupported = VmxOutcome.Fail(VmInstructionError.UnsupportedVmcsComponent);

        yield return Case(
            "VMREAD without a current VMCS fails invalid",
            Vmread,
            VmxStage.Root,
            rig => rig.Processor.Vmread(VmcsField.GuestRip, out _),
            VmxOutcome.FailInvalid
        );
        yield return Case(
            "VMWRITE without a current VMCS fails invalid",
            Vmwrite,
            VmxStage.Root,
            rig => rig.Processor.Vmwrite(VmcsField.GuestRip, 0),
            VmxOutcome.FailInvalid
        );
        foreach (
            var (encoding, what) in ((VmcsField, string)[])
                [
                    (VmcsField.GuestRip | (VmcsField)0x1000, "with bit 12"),
                    (VmcsField.GuestRip | (VmcsField)0x8000, "with bit 15"),
                    (VmcsField.GuestRip | (VmcsField)0x8000_0000, "with bit 31"),
                    (VmcsField.GuestRip.High, "of the high half of a natural-width field"),
                    ((VmcsField)0x6FFE, "that no field has"),
                ]
        )
        {
            yield return Case(
                $"VMREAD of an encoding {what} fails with error 12",
                Vmread,
                VmxStage.Current,
                rig => rig.Processor.Vmread(encoding, out _),
                unsupported
            );
            yield return Case(
                $"VMWRITE of an encoding {what} fails with error 12",
                Vmwrite,
                VmxStage.Current,
                rig => rig.Processor.Vmwrite(encoding, 0),
                unsupported
            );
        }

        yield return new(
            "VMWRITE to a VM-exit information field fails with error 13 where IA32_VMX_MISC bit 29 is 0",
            Vmwrite,
            VmxStage.Current,
            rig => VmxOutcome.Of(() => rig.Processor.Vmwrite(VmcsField.ExitQualification, 0)),
            capabilities =>
                capabilities.Misc.VmwriteExitInformation
                    ? VmxOutcome.Success
                    : VmxOutcome.Fail(VmInstructionError.VmwriteReadOnlyVmcsComponent)
        );
        yield return Case(
            "VMREAD gives what VMWRITE wrote",
            Vmread,
            VmxStage.Current,
            rig => WriteAndRead(rig, VmcsField.GuestRip, 0x1234_5678_9ABC_DEF0, VmcsField.GuestRip, 0x1234_5678_9ABC_DEF0),
            VmxOutcome.Success
        );
        yield return Case(
            "VMWRITE to a 16-bit field drops the other bits",
            Vmwrite,
            VmxStage.Current,
            rig => WriteAndRead(rig, VmcsField.HostCsSelector, 0x1_2345, VmcsField.HostCsSelector, 0x2345),
            VmxOutcome.Success
        );
        yield return Case(
            "VMWRITE to a 32-bit field drops the other bits",
            Vmwrite,
            VmxStage.Current,
            rig => WriteAndRead(rig, VmcsField.ExceptionBitmap, 0x1_2345_6789, VmcsField.ExceptionBitmap, 0x2345_6789),
            VmxOutcome.Success
        );
        yield return Case(
            "VMREAD of a high half gives bits 63 to 32",
            Vmread,
            VmxStage.Current,
            rig => WriteAndRead(rig, VmcsField.TscOffset, 0x1234_5678_9ABC_DEF0, VmcsField.TscOffset.High, 0x1234_5678),
            VmxOutcome.Success
        );
        yield return Case(
            "VMWRITE to a high half leaves the low half",
            Vmwrite,
            VmxStage.Current,
            rig =>
            {
                rig.Processor.Vmwrite(VmcsField.TscOffset, 0x1111_2222_3333_4444).ThrowIfFailed("VMWRITE");
                return WriteAndRead(rig, VmcsField.TscOffset.High, 0x5_AAAA_BBBB, VmcsField.TscOffset, 0xAAAA_BBBB_3333_4444);
            },
            VmxOutcome.Success
        );
        yield return Case(
            "An instruction that fails leaves its error number in the current VMCS",
            "SDM 3C 31.2",
            VmxStage.Current,
            rig =>
            {
                rig.Processor.Vmptrld(rig.VmxonRegion);
                var result = rig.Processor.Vmread(VmcsField.VmInstructionError, out var error);
                return error == (ulong)VmInstructionError.VmptrldVmxonPointer
                    ? result
                    : throw new VmxCaseException($"The VM-instruction error field holds {error}.");
            },
            VmxOutcome.Success
        );
    }

    private static VmxResult WriteAndRead(VmxRig rig, VmcsField written, ulong value, VmcsField read, ulong expected)
    {
        rig.Processor.Vmwrite(written, value).ThrowIfFailed("VMWRITE");
        var result = rig.Processor.Vmread(read, out var given);
        return given == expected
            ? result
            : throw new VmxCaseException($"VMREAD of {VmcsFields.NameOf(read)} gives 0x{given:X} instead of 0x{expected:X}.");
    }
}
