using static VmcsGen.Vmx.VmcsField;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>Mutations of other guest registers and MSRs, with the controls that load them.</summary>
internal static class RegisterMutations
{
    // Controls of VM entry.
    private const uint LoadDebugControls = 1 << 2;
    private const uint LoadPerfGlobalCtrl = 1 << 13;
    private const uint LoadPat = 1 << 14;
    private const uint LoadEfer = 1 << 15;
    private const uint LoadBndcfgs = 1 << 16;
    private const uint LoadCet = 1 << 20;
    private const uint LoadPkrs = 1 << 22;

    public static void ChangeControlRegister(CaseBuilder c)
    {
        switch (c.Below(8))
        {
            case 0 or 1 or 2:
                // PE, ET, NE, WP, NW, CD, PG and some that do nothing.
                c.Flip(GuestCr0, 1UL << c.OneOf(0, 0, 31, 31, 5, 4, 16, 29, 30, 1, 6, 18, 40));
                break;
            case 3 or 4 or 5:
                // PSE, PAE, UMIP, LA57, VMXE, SMXE, FSGSBASE, PCIDE, SMEP, SMAP, PKE, CET, PKS and reserved ones.
                c.Flip(GuestCr4, 1UL << c.OneOf(4, 5, 5, 11, 12, 13, 14, 16, 17, 17, 20, 21, 22, 23, 24, 15, 19, 32, 63));
                break;
            case 6:
                c.Set(
                    GuestCr3,
                    c.OneOf(
                        c[GuestCr3] | c.BeyondWidth,
                        c[GuestCr3] | 1UL << 61,
                        c[GuestCr3] | 1UL << 63,
                        c[GuestCr3] ^ 0x18,
                        c[GuestCr3] | 0xFE7,
                        c.BeyondWidth - 0x1000,
                        c.Memory.PageDirectory,
                        c.Memory.Zeros
                    )
                );
                break;
            default:
                c.Set(GuestDr7, c.OneOf(0UL, 0x400, 0xFFFF_FFFF, 1UL << 32, 1UL << 63, c[GuestDr7] ^ 1UL << c.Below(64)));
                if (c.Chance(50))
                    c.Set(VmcsField.VmEntryControls, c[VmcsField.VmEntryControls] | LoadDebugControls);
                break;
        }
    }

    public static void ChangeMsr(CaseBuilder c)
    {
        var (field, load) = c.OneOf<(VmcsField, uint)>(
            (GuestIa32Efer, LoadEfer),
            (GuestIa32Efer, LoadEfer),
            (GuestIa32Pat, LoadPat),
            (GuestIa32PerfGlobalCtrl, LoadPerfGlobalCtrl),
            (GuestIa32Debugctl, LoadDebugControls),
            (GuestIa32SysenterEsp, 0u),
            (GuestIa32SysenterEip, 0u),
            (GuestIa32SysenterCs, 0u),
            (GuestIa32Bndcfgs, LoadBndcfgs),
            (GuestIa32SCet, LoadCet),
            (GuestSsp, LoadCet),
            (GuestIa32InterruptSspTableAddr, LoadCet),
            (GuestIa32Pkrs, LoadPkrs)
        );
        c.Set(
            field,
            field switch
            {
                GuestIa32Efer => c[field] ^ c.OneOf(1UL, 0x100, 0x400, 0x500, 0x800, 0x1000, 2, 1UL << 32),
                GuestIa32Pat => c[field] ^ (ulong)c.Below(256) << (8 * c.Below(8)),
                _ => c.OneOf(
                    1UL,
                    2,
                    4,
                    1UL << c.Below(64),
                    1UL << 47,
                    1UL << 48,
                    0xFFFF_8000_0000_0000,
                    0xC00,
                    0x3C0,
                    0xFFFF_FFFC,
                    c.AnyNumber()
                ),
            }
        );
        if (load != 0 && c.Chance(80))
            c.Set(VmcsField.VmEntryControls, c[VmcsField.VmEntryControls] | load);
    }

    public static void ChangeRipOrRflags(CaseBuilder c)
    {
        if (c.Chance(40))
        {
            c.Set(
                GuestRip,
                c[GuestRip] | c.OneOf(1UL << 32, 1UL << 47, 1UL << 48, 1UL << 63, 0xFFFF_8000_0000_0000, 0xFFFF_0000_0000_0000)
            );
        }
        else
        {
            // Fixed, reserved, TF, IF, IOPL, NT, RF, VM, AC, ID.
            c.Flip(GuestRflags, 1UL << c.OneOf(1, 3, 5, 8, 9, 12, 14, 15, 16, 17, 17, 18, 21, 22, 31, 32, 63));
        }
    }
}
