using System;
using VmcsGen.Kvm;
using VmcsGen.Vmx;

namespace VmcsGen.Tool.Traces;

/// <summary>
/// EXITINFO1 and EXITINFO2 in words, where AMD's manual says what an exit puts there (AMD APM 2, 15.8 to 15.14, 15.25.6 and appendix C).
/// </summary>
internal static class SvmExitWords
{
    private const SvmExitCode FirstException = SvmExitCode.DeExcp;
    private const SvmExitCode LastException = FirstException + 31;

    /// <summary>What the two say of an exit; empty if that is nothing.</summary>
    /// <param name="code">EXITCODE.</param>
    /// <param name="info1">EXITINFO1.</param>
    /// <param name="info2">EXITINFO2.</param>
    public static string Of(SvmExitCode code, ulong info1, ulong info2) =>
        code switch
        {
            SvmExitCode.Npf => $"{PageFault(info1)}; guest physical 0x{info2:X}",
            SvmExitCode.PfExcp => $"{PageFault(info1)}; address 0x{info2:X}",
            SvmExitCode.Io => $"{Io(new(info1))}; next RIP 0x{info2:X}",
            SvmExitCode.Msr when info1 <= 1 => info1 == 0 ? "RDMSR" : "WRMSR",
            SvmExitCode.TaskSwitch => TaskSwitch((ushort)info1, new(info2)),
            SvmExitCode.Invpcid => $"type {info2}, descriptor at 0x{info1:X}",
            SvmExitCode.Cr0SelWrite => MovCr(0, isWrite: true, info1, info2),
            >= SvmExitCode.ReadCr0 and < SvmExitCode.WriteCr0 => MovCr(code - SvmExitCode.ReadCr0, isWrite: false, info1, info2),
            >= SvmExitCode.WriteCr0 and < SvmExitCode.ReadDr0 => MovCr(code - SvmExitCode.WriteCr0, isWrite: true, info1, info2),
            >= SvmExitCode.ReadDr0 and <= SvmExitCode.ReadDr7 => MovDr(code - SvmExitCode.ReadDr0, isWrite: false, info1),
            >= SvmExitCode.WriteDr0 and <= SvmExitCode.WriteDr7 => MovDr(code - SvmExitCode.WriteDr0, isWrite: true, info1),
            >= SvmExitCode.WriteCr0Trap and <= SvmExitCode.WriteCr15Trap => $"CR{code - SvmExitCode.WriteCr0Trap} is now 0x{info1:X}",
            SvmExitCode.WriteEferTrap => $"EFER is now 0x{info1:X}",
            // Without decode assists there is nothing.
            SvmExitCode.Invlpg when info1 != 0 => $"address 0x{info1:X}",
            SvmExitCode.Swint when info1 != 0 => $"INT 0x{(byte)info1:X}",
            >= FirstException and <= LastException when HasErrorCode(code - FirstException) => $"error code 0x{info1:X}",
            _ => Raw(info1, info2),
        };

    // Without a bit for it, an access is a read, and a page that is not present says no more.
    private static string PageFault(ulong info)
    {
        var bits = new SvmPageFault(info);
        var access =
            bits.Fetch ? "fetch"
            : bits.Write ? "write"
            : "read";
        var cause =
            bits.ReservedBit ? "a reserved bit is set"
            : bits.Present ? "not allowed"
            : "not present";
        return info == 0 ? $"{access}, {cause}" : $"{access}, {cause} ({bits})";
    }

    private static string Io(SvmIo io)
    {
        var size =
            io.Size8 ? "8-bit "
            : io.Size16 ? "16-bit "
            : io.Size32 ? "32-bit "
            : "";
        var repeat = io.Repeated ? "REP " : "";
        var instruction = (io.In, io.StringInstruction) switch
        {
            (true, false) => "IN from",
            (true, true) => "INS from",
            (_, false) => "OUT to",
            _ => "OUTS to",
        };
        var text = $"{size}{repeat}{instruction} port 0x{io.Port:X}";
        if (!io.StringInstruction)
            return text;
        var address =
            io.Address16 ? ", address size 16"
            : io.Address32 ? ", address size 32"
            : io.Address64 ? ", address size 64"
            : "";
        // The destination of INS is in ES always. 0 is ES too, or a processor without decode assists.
        var segment = !io.In && io.Segment != SegmentRegister.Es ? $", segment {Upper(io.Segment)}" : "";
        return $"{text}{address}{segment}";
    }

    private static string TaskSwitch(ushort selector, SvmTaskSwitch bits)
    {
        var cause =
            bits.Iret ? "IRET"
            : bits.Jump ? "far jump"
            : "CALL or an event";
        var error = bits.HasErrorCode ? $"; error code 0x{bits.ErrorCode:X}" : "";
        return $"to TSS 0x{selector:X} by {cause}{error}{(bits.Resume ? "; RF 1" : "")}";
    }

    private static string MovCr(uint number, bool isWrite, ulong info1, ulong info2) =>
        new SvmMov(info1).IsMov ? Mov($"CR{number}", isWrite, info1) : Raw(info1, info2);

    private static string MovDr(uint number, bool isWrite, ulong info)
    {
        var text = Mov($"DR{number}", isWrite, info);
        return info == 0 ? $"{text}, or another register without decode assists" : text;
    }

    private static string Mov(string special, bool isWrite, ulong info)
    {
        var register = Upper(new SvmMov(info).Register);
        return isWrite ? $"MOV {special}, {register}" : $"MOV {register}, {special}";
    }

    // AMD APM 2, 8.2 and 15.12: those that push one; #PF is told apart from them.
    private static bool HasErrorCode(uint vector) => vector is 8 or (>= 10 and <= 13) or 17 or 21 or 29 or 30;

    private static string Raw(ulong info1, ulong info2) => (info1 | info2) == 0 ? "" : $"EXITINFO1 0x{info1:X}, EXITINFO2 0x{info2:X}";

    private static string Upper<T>(T register)
        where T : struct, Enum => register.ToString().ToUpperInvariant();
}
