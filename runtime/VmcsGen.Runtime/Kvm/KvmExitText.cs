using System;

namespace VmcsGen.Kvm;

/// <summary>Describes an exit in one line.</summary>
internal static unsafe class KvmExitText
{
    private const int MaxBytes = 16;

    internal static string Describe(KvmExit exit) => exit.Reason switch
    {
        KvmExitReason.Io => $"Io: {Describe(exit.Io)}",
        KvmExitReason.Mmio => $"Mmio: {Describe(exit.Mmio)}",
        KvmExitReason.X86Rdmsr => $"X86Rdmsr: MSR 0x{exit.Msr.Index:X} ({exit.Msr.Reason})",
        KvmExitReason.X86Wrmsr => $"X86Wrmsr: 0x{exit.Msr.Data:X} to MSR 0x{exit.Msr.Index:X} ({exit.Msr.Reason})",
        KvmExitReason.Hypercall => $"Hypercall: number {exit.Hypercall.Number}, arguments {Words(exit.Hypercall.Arguments)}",
        KvmExitReason.InternalError => $"InternalError: {Describe(exit.InternalError)}",
        KvmExitReason.SystemEvent => $"SystemEvent: {exit.SystemEvent.Type}{Details(exit.SystemEvent.Data)}",
        KvmExitReason.FailEntry =>
            $"FailEntry: hardware reason 0x{exit.FailEntry.HardwareEntryFailureReason:X} on host CPU {exit.FailEntry.Cpu}",
        KvmExitReason.MemoryFault =>
            $"MemoryFault: 0x{exit.MemoryFault.Size:X} bytes at guest physical 0x{exit.MemoryFault.Gpa:X} ({exit.MemoryFault.Flags})",
        KvmExitReason.Debug =>
            $"Debug: exception {exit.Debug.Exception} at 0x{exit.Debug.Pc:X}, DR6 0x{exit.Debug.Dr6:X}, DR7 0x{exit.Debug.Dr7:X}",
        KvmExitReason.Unknown => $"Unknown: hardware reason 0x{exit.Page->Hw.HardwareExitReason:X}",
        KvmExitReason.Shutdown => "Shutdown: triple fault",
        KvmExitReason.IoapicEoi => $"IoapicEoi: vector 0x{exit.Page->Eoi.Vector:X}",
        _ => exit.IsKnown ? $"{exit.Reason}" : $"unknown exit reason {exit.Reason}",
    };

    private static string Describe(KvmIoExit io)
    {
        string items = io.Count == 1 ? $"{8 * io.Size}-bit" : $"{io.Count} x {8 * io.Size}-bit";
        return io.Direction == KvmIoDirection.In
            ? $"{items} IN from port 0x{io.Port:X}"
            : $"{items} OUT to port 0x{io.Port:X}: {Bytes(io.Data)}";
    }

    private static string Describe(KvmMmioExit mmio) => mmio.IsWrite
        ? $"{mmio.Length}-byte write at guest physical 0x{mmio.Address:X}: {Bytes(mmio.Data)}"
        : $"{mmio.Length}-byte read at guest physical 0x{mmio.Address:X}";

    private static string Describe(KvmInternalErrorExit error)
    {
        if (error.SubError != KvmInternalError.Emulation)
            return $"{error.SubError}{Details(error.Data)}";
        return error.InstructionBytes.IsEmpty
            ? "KVM could not emulate an instruction"
            : $"KVM could not emulate the instruction {Bytes(error.InstructionBytes)}";
    }

    private static string Details(ReadOnlySpan<ulong> data) => data.IsEmpty ? "" : $", data {Words(data)}";

    private static string Words(ReadOnlySpan<ulong> words)
    {
        string text = "";
        foreach (ulong word in words)
            text += text.Length == 0 ? $"{word:X}" : $" {word:X}";
        return text;
    }

    private static string Bytes(ReadOnlySpan<byte> bytes) => bytes.Length <= MaxBytes
        ? Convert.ToHexString(bytes)
        : $"{Convert.ToHexString(bytes[..MaxBytes])}... ({bytes.Length} bytes)";
}
