using System;

namespace VmcsGen.Kvm;

/// <summary>Describes an exit in one line.</summary>
internal static unsafe class KvmExitText
{
    private const int MaxBytes = 16;

    internal static string Describe(KvmExit exit) =>
        exit.Reason switch
        {
            KvmExitReason.Io => $"Io: {Describe(exit.Io)}",
            KvmExitReason.Mmio => $"Mmio: {Describe(exit.Mmio)}",
            KvmExitReason.X86Rdmsr => $"X86Rdmsr: MSR 0x{exit.Msr.Index:X} ({exit.Msr.Reason})",
            KvmExitReason.X86Wrmsr => $"X86Wrmsr: 0x{exit.Msr.Data:X} to MSR 0x{exit.Msr.Index:X} ({exit.Msr.Reason})",
            KvmExitReason.Hypercall => $"Hypercall: number {exit.Hypercall.Number}, arguments {Words(exit.Hypercall.Arguments)}",
            KvmExitReason.InternalError => $"InternalError: {Describe(exit.InternalError)}",
            KvmExitReason.SystemEvent => $"SystemEvent: {exit.SystemEvent.Type}{Details(exit.SystemEvent.Data)}",
            KvmExitReason.FailEntry =>
                $"FailEntry: {FailEntryText.Describe(exit.FailEntry.HardwareEntryFailureReason)} on host CPU {exit.FailEntry.Cpu}",
            KvmExitReason.MemoryFault =>
                $"MemoryFault: 0x{exit.MemoryFault.Size:X} bytes at guest physical 0x{exit.MemoryFault.Gpa:X} ({exit.MemoryFault.Flags})",
            KvmExitReason.Debug =>
                $"Debug: exception {exit.Debug.Exception} at 0x{exit.Debug.Pc:X}, DR6 0x{exit.Debug.Dr6:X}, DR7 0x{exit.Debug.Dr7:X}",
            KvmExitReason.Unknown => $"Unknown: hardware reason 0x{exit.Unknown.HardwareExitReason:X}",
            KvmExitReason.Shutdown => "Shutdown: triple fault",
            KvmExitReason.IrqWindowOpen => "IrqWindowOpen: an interrupt can be injected",
            KvmExitReason.SetTpr => $"SetTpr: task priority {exit.TaskPriority}",
            KvmExitReason.TprAccess =>
                $"TprAccess: {(exit.TprAccess.IsWrite != 0 ? "write" : "read")} by the instruction at 0x{exit.TprAccess.Rip:X}",
            KvmExitReason.IoapicEoi => $"IoapicEoi: vector 0x{exit.IoapicEoiVector:X}",
            KvmExitReason.DirtyRingFull => "DirtyRingFull: harvest the vCPU's dirty ring",
            KvmExitReason.X86BusLock => "X86BusLock: the guest took a bus lock",
            KvmExitReason.Notify => $"Notify: the vCPU {(exit.Notify.HasFlag(KvmNotifyFlags.ContextInvalid) ? "cannot" : "can")} go on",
            KvmExitReason.Hyperv => $"Hyperv: {DescribeHyperv(exit)}",
            KvmExitReason.Xen => $"Xen: {DescribeXen(exit)}",
            KvmExitReason.Tdx => $"Tdx: TDVMCALL 0x{exit.Tdx.Number:X}",
            KvmExitReason.SnpReqCerts =>
                $"SnpReqCerts: {exit.SnpCertificates.PageCount} pages at guest physical 0x{exit.SnpCertificates.Address:X}",
            _ => exit.IsKnown ? $"{exit.Reason}" : $"unknown exit reason {exit.Reason}",
        };

    private static string Describe(KvmIoExit io)
    {
        string items = io.Count == 1 ? $"{8 * io.Size}-bit" : $"{io.Count} x {8 * io.Size}-bit";
        return io.Direction == KvmIoDirection.In
            ? $"{items} IN from port 0x{io.Port:X}"
            : $"{items} OUT to port 0x{io.Port:X}: {Bytes(io.Data)}";
    }

    private static string Describe(KvmMmioExit mmio) =>
        mmio.IsWrite
            ? $"{mmio.Length}-byte write at guest physical 0x{mmio.Address:X}: {Bytes(mmio.Data)}"
            : $"{mmio.Length}-byte read at guest physical 0x{mmio.Address:X}";

    private static string Describe(KvmInternalErrorExit error)
    {
        if (error.SubError != KvmInternalError.Emulation)
            return InternalErrorText.Describe(error.SubError, error.Words);
        ReadOnlySpan<byte> instruction = error.Instruction;
        if (instruction.IsEmpty)
            return "KVM could not emulate an instruction";
        string text = $"KVM could not emulate the instruction {Bytes(instruction)}";
        return KvmInternalErrorExit.Disassembler is { } disassembler ? $"{text} ({disassembler(instruction, error.CodeSize)})" : text;
    }

    private static string DescribeHyperv(KvmExit exit) =>
        exit.Page->Hyperv.Type switch
        {
            KvmHypervExitType.Synic => $"synthetic interrupt controller, MSR 0x{exit.HypervSynic.Msr:X}",
            KvmHypervExitType.Hcall =>
                $"hypercall 0x{exit.HypervHypercall.CallCode:X}, parameters {Words(exit.HypervHypercall.Parameters)}",
            KvmHypervExitType.Syndbg => $"synthetic debugger, MSR 0x{exit.HypervSyndbg.Msr:X}",
            KvmHypervExitType type => $"unknown type {type}",
        };

    private static string DescribeXen(KvmExit exit) =>
        exit.Page->Xen.Type == KvmXenExitType.Hcall
            ? $"hypercall {exit.XenHypercall.Number} from CPL {exit.XenHypercall.PrivilegeLevel}, "
                + $"arguments {Words(exit.XenHypercall.Arguments)}"
            : $"unknown type {exit.Page->Xen.Type}";

    private static string Details(ReadOnlySpan<ulong> data) => data.IsEmpty ? "" : $", data {Words(data)}";

    private static string Words(ReadOnlySpan<ulong> words)
    {
        string text = "";
        foreach (ulong word in words)
            text += text.Length == 0 ? $"{word:X}" : $" {word:X}";
        return text;
    }

    private static string Bytes(ReadOnlySpan<byte> bytes) =>
        bytes.Length <= MaxBytes ? Convert.ToHexString(bytes) : $"{Convert.ToHexString(bytes[..MaxBytes])}... ({bytes.Length} bytes)";
}
