using static VmcsGen.Vmx.VmcsField;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>Mutations of event injection and of what blocks events.</summary>
internal static class EventMutations
{
    private const ulong Valid = 1UL << 31;
    private const ulong DeliverErrorCode = 1 << 11;
    private const uint VirtualNmis = 1 << 5;
    private const uint NmiExiting = 1 << 3;

    public static void Inject(CaseBuilder c)
    {
        // Types: interrupt, reserved, NMI, hardware exception, software interrupt, privileged and plain software exception, other.
        var type = c.OneOf(0UL, 0, 1, 2, 2, 3, 3, 3, 3, 4, 5, 6, 7);
        var vector = c.Chance(60)
            ? type switch
            {
                2 => 2,
                3 => c.OneOf(0UL, 1, 6, 8, 10, 13, 14, 17, 18, 21),
                7 => 0,
                _ => 0x20UL,
            }
            : c.OneOf(0UL, 1, 2, 3, 8, 9, 11, 12, 13, 14, 15, 17, 18, 20, 21, 22, 29, 30, 31, 32, 255);
        var expectsErrorCode = type == 3 && vector is 8 or 10 or 11 or 12 or 13 or 14 or 17;
        var value = Valid | type << 8 | vector;
        if (c.Chance(20) ? !expectsErrorCode : expectsErrorCode)
            value |= DeliverErrorCode;
        if (c.Chance(8))
            value ^= 1UL << (12 + c.Below(19));
        c.Set(VmcsField.EntryInterruptionInformation, value);
        if (c.Chance(20))
            c.Set(EntryInstructionLength, c.OneOf(0UL, 1, 15, 16, uint.MaxValue));
        if (c.Chance(20))
            c.Set(EntryExceptionErrorCode, c.OneOf(1UL, 0x7FFF, 0x8000, 0x1_0000, uint.MaxValue));
        if (c.Chance(40))
            c.Flip(GuestRflags, 1 << 9);
        if (c.Chance(30))
            ChangeState(c);
    }

    /// <summary>Interruptibility, activity, pending debug exceptions, and the flags that they go with.</summary>
    public static void ChangeState(CaseBuilder c)
    {
        switch (c.Below(6))
        {
            case 0 or 1:
                c.Set(GuestInterruptibilityState, c.OneOf(1UL, 1, 2, 2, 3, 4, 8, 8, 9, 16, 18, 32, 1UL << c.Below(32)));
                if (c.Chance(40))
                    c.Set(GuestRflags, c[GuestRflags] | 1 << 9);
                if (c.Chance(20))
                    c.Set(VmcsField.PinBasedControls, c[VmcsField.PinBasedControls] | VirtualNmis | NmiExiting);
                break;
            case 2 or 3:
                c.Set(GuestActivityState, c.OneOf(1UL, 1, 1, 2, 2, 3, 4, 5, 1UL << c.Below(32)));
                if (c.Chance(20))
                    c.Set(GuestInterruptibilityState, c.OneOf(1UL, 2, 8));
                break;
            case 4:
                c.Set(
                    GuestPendingDebugExceptions,
                    c.OneOf(
                        1UL,
                        0xF,
                        1 << 11,
                        1 << 12,
                        1 << 14,
                        1 << 14,
                        1 << 16,
                        0x1_1000,
                        1 << 13,
                        1UL << 32,
                        1UL << 63,
                        1UL << c.Below(64)
                    )
                );
                if (c.Chance(40))
                    c.Set(GuestInterruptibilityState, c.OneOf(1UL, 2));
                break;
            default:
                // Single step behind STI, MOV SS or HLT.
                c.Set(GuestRflags, c[GuestRflags] | 1 << 8 | (c.Chance(50) ? 1UL << 9 : 0));
                if (c.Chance(30))
                    c.Set(GuestIa32Debugctl, 2);
                if (c.Chance(60))
                    c.Set(GuestInterruptibilityState, c.OneOf(1UL, 2));
                else
                    c.Set(GuestActivityState, 1);
                if (c.Chance(50))
                    c.Set(GuestPendingDebugExceptions, 1 << 14);
                break;
        }
    }
}
