using static VmcsGen.Vmx.VmcsField;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>Mutations of the host-state area. Where they break no rule the host must outlive the VM exit, or the case tells less.</summary>
internal static class HostMutations
{
    public static void Change(CaseBuilder c)
    {
        switch (c.Below(12))
        {
            case 0 or 1:
                var selector = HostEsSelector + (2u * (uint)c.Below(7));
                c.Set(selector, c.OneOf(0UL, c[selector] ^ 1, c[selector] ^ 2, c[selector] ^ 4, c[selector] | 7));
                break;
            case 2 or 3:
                var @base = c.OneOf(
                    HostFsBase,
                    HostGsBase,
                    HostTrBase,
                    HostGdtrBase,
                    HostIdtrBase,
                    HostIa32SysenterEsp,
                    HostIa32SysenterEip,
                    HostSsp,
                    HostIa32InterruptSspTableAddr,
                    HostRip
                );
                c.Set(@base, c[@base] | c.OneOf(1UL << 47, 1UL << 48, 1UL << 63, 0x8000_0000_0000_0001));
                break;
            case 4:
                c.Set(HostFsBase, c.OneOf(0xFFFF_8000_0000_0000, 0x7FFF_FFFF_FFFF, 1UL << 32));
                break;
            case 5 or 6:
                // PE, NE, PG, WP, CD, NW, TS, reserved ones.
                c.Flip(HostCr0, 1UL << c.OneOf(0, 5, 31, 16, 29, 30, 3, 6, 32, 63));
                break;
            case 7 or 8:
                // PAE, VMXE, PGE, OSFXSR, UMIP, PCIDE, CET, reserved ones.
                c.Flip(HostCr4, 1UL << c.OneOf(5, 13, 7, 9, 11, 17, 23, 15, 19, 32, 63));
                break;
            case 9:
                c.Set(HostCr3, c[HostCr3] | c.OneOf(c.BeyondWidth, 1UL << 63, 8UL, 0x10));
                break;
            case 10:
                c.Flip(HostIa32Efer, c.OneOf(1UL, 0x100, 0x400, 0x500, 0x800, 2, 0x1000, 1UL << 40));
                if (c.Chance(30))
                    c.Flip(VmcsField.PrimaryVmExitControls, 1 << 21);
                break;
            default:
                ChangeLoaded(c);
                break;
        }
    }

    // MSRs and the VM-exit controls that load them.
    private static void ChangeLoaded(CaseBuilder c)
    {
        switch (c.Below(3))
        {
            case 0:
                c.Flip(HostIa32Pat, (ulong)c.Below(256) << (8 * c.Below(8)));
                c.Set(VmcsField.PrimaryVmExitControls, c[VmcsField.PrimaryVmExitControls] | 1 << 19);
                break;
            case 1:
                c.Set(HostIa32PerfGlobalCtrl, c.OneOf(1UL, 1UL << 32, 1UL << 48, 1UL << 63, 1UL << 20));
                c.Set(VmcsField.PrimaryVmExitControls, c[VmcsField.PrimaryVmExitControls] | 1 << 12);
                break;
            default:
                // Nothing that makes the host use shadow stacks: CR4.CET stays 0.
                c.Set(HostIa32SCet, c.OneOf(1UL << 6, 1UL << 9, 0xC00, 0x400, 1UL << 47, 1UL << 63));
                c.Set(VmcsField.PrimaryVmExitControls, c[VmcsField.PrimaryVmExitControls] | 1 << 28);
                break;
        }
    }
}
