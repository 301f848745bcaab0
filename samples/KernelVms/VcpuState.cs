using System.Globalization;
using VmcsGen.Kvm;

namespace KernelVms;

/// <summary>What is told of a vCPU, whoever tells it.</summary>
/// <param name="Id">Its number.</param>
/// <param name="LastExit">Why it left to user space last, in words.</param>
/// <param name="Registers">Its registers.</param>
internal sealed record VcpuState(int Id, string LastExit, KvmRegs Registers)
{
    /// <summary>Why KVM_RUN returned, as the page says that it shares with user space.</summary>
    public static string Exit(in KvmRun run) =>
        run.ExitReason switch
        {
            KvmExitReason.Io => string.Create(
                CultureInfo.InvariantCulture,
                $"Io, {run.Io.Direction} at port 0x{run.Io.Port:X}, {run.Io.Count} x {run.Io.Size} bytes"
            ),
            KvmExitReason.Mmio => string.Create(
                CultureInfo.InvariantCulture,
                $"Mmio, {(run.Mmio.IsWrite != 0 ? "Out" : "In")} at 0x{run.Mmio.PhysAddr:X}, {run.Mmio.Len} bytes"
            ),
            var reason => reason.ToString(),
        };

    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"""
              vCPU {Id}: {LastExit}
                rax {Registers.Rax:x16}  rbx {Registers.Rbx:x16}  rcx {Registers.Rcx:x16}  rdx {Registers.Rdx:x16}
                rsi {Registers.Rsi:x16}  rdi {Registers.Rdi:x16}  rsp {Registers.Rsp:x16}  rbp {Registers.Rbp:x16}
                r8  {Registers.R8:x16}  r9  {Registers.R9:x16}  r10 {Registers.R10:x16}  r11 {Registers.R11:x16}
                r12 {Registers.R12:x16}  r13 {Registers.R13:x16}  r14 {Registers.R14:x16}  r15 {Registers.R15:x16}
                rip {Registers.Rip:x16}  rflags {Registers.Rflags:x8}
            """
        );
}
