using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>
/// A filter of seccomp that leaves a virtual machine monitor the system calls that it needs while its guests run: files that are there,
/// memory, threads of its own, open sockets, and ioctls of KVM and of terminals. It can start no program and no process, open no
/// connection, and trace or signal no other process, whatever a guest makes of it.
/// </summary>
/// <remarks>
/// A filter cannot be taken back. Files can still be opened, those of other processes in /proc too; what the process may open is the affair
/// of its user, its mount namespace or Landlock. Source: Documentation/userspace-api/seccomp_filter.rst.
/// </remarks>
public sealed unsafe partial class SeccompFilter
{
    private const uint UnixFamily = 1; // AF_UNIX (linux/socket.h).
    private const uint ThreadFlag = 0x1_0000; // CLONE_THREAD (linux/sched.h).

    // _IOWR('f', 16, struct pm_scan_arg), by which captures find the pages in use (linux/fs.h since 6.7).
    private const uint PagemapScan = 0xC060_6610;

    // The type byte of a request (asm-generic/ioctl.h), and KVM's (KVMIO).
    private const uint TypeBits = 0xFF00;
    private const uint KvmType = 0xAE00;

    private const int SetNoNewPrivileges = 38; // linux/prctl.h
    private const nint SeccompNumber = 317; // __NR_seccomp
    private const nint SetModeFilter = 1; // linux/seccomp.h
    private const nint SynchronizeThreads = 1;

    private SeccompFilter(IReadOnlyList<BpfInstruction> program) => Program = program;

    /// <summary>Its instructions.</summary>
    internal IReadOnlyList<BpfInstruction> Program { get; }

    /// <summary>A filter for a virtual machine monitor that is set up.</summary>
    /// <param name="action">What becomes of other system calls.</param>
    /// <param name="connects">
    /// Whether it goes on to connect to UNIX sockets, as for a guest with <c>VirtioVsock</c>. Programs that listen on such sockets
    /// can be reached then.
    /// </param>
    /// <param name="ioctls">The requests of KVM that it goes on to make, of <see cref="KvmIoctl"/>; without any, all.</param>
    public static SeccompFilter ForVmm(SeccompAction action = SeccompAction.Fail, bool connects = false, params ReadOnlySpan<uint> ioctls)
    {
        IEnumerable<uint> requests = [.. ioctls, .. Enum.GetValues<TerminalRequest>().Select(static request => (uint)request), PagemapScan];
        return new(Make(action, connects, ioctls.IsEmpty, [.. requests.Distinct().Order()]));
    }

    /// <summary>Puts the calling thread, and those that it starts, under the filter.</summary>
    /// <exception cref="PlatformNotSupportedException">The kernel has no filters of seccomp.</exception>
    /// <exception cref="InvalidOperationException">The kernel refused the filter.</exception>
    public void ApplyToThread() => Apply(flags: 0);

    /// <summary>Puts all threads of the process, those to come too, under the filter.</summary>
    /// <exception cref="PlatformNotSupportedException">The kernel has no filters of seccomp.</exception>
    /// <exception cref="InvalidOperationException">The kernel refused the filter, or a thread is under another one already.</exception>
    public void ApplyToProcess() => Apply(SynchronizeThreads);

    private static List<BpfInstruction> Make(SeccompAction action, bool connects, bool hasAllOfKvm, uint[] requests)
    {
        var pass = BpfInstruction.Return(SeccompData.Allow);
        var refuse = BpfInstruction.Return(
            action == SeccompAction.KillProcess ? SeccompData.KillProcess : SeccompData.FailWith | SeccompData.OperationNotPermitted
        );
        SystemCall[] judged =
        [
            SystemCall.Ioctl,
            SystemCall.Clone,
            SystemCall.Clone3,
            SystemCall.Tgkill,
            SystemCall.Socket,
            SystemCall.Connect,
        ];
        uint[] calls = [.. Enum.GetValues<SystemCall>().Except(judged).Select(static call => (uint)call).Order()];

        List<BpfInstruction> code =
        [
            BpfInstruction.Load(SeccompData.Architecture),
            BpfInstruction.UnlessEqualSkip(SeccompData.X86_64),
            BpfInstruction.Jump(1),
            BpfInstruction.Return(SeccompData.KillProcess),
            BpfInstruction.Load(SeccompData.Number),
        ];
        // Each part ends the program for its call, and is skipped by the others.
        foreach (var (call, part) in Parts())
        {
            code.Add(BpfInstruction.UnlessEqualSkip((uint)call));
            code.Add(BpfInstruction.Jump(1));
            code.Add(BpfInstruction.Jump(part.Count));
            code.AddRange(part);
        }
        code.AddRange(BpfSearch.Make(calls, pass, refuse));
        return code;

        BpfInstruction[] TypeCheck() =>
            [BpfInstruction.Load(SeccompData.Argument(1)), BpfInstruction.And(TypeBits), BpfInstruction.UnlessEqualSkip(KvmType), pass];

        IEnumerable<(SystemCall Call, List<BpfInstruction> Part)> Parts()
        {
            // Which way threads are started, libc finds out by this errno.
            yield return (SystemCall.Clone3, [BpfInstruction.Return(SeccompData.FailWith | SeccompData.NotImplemented)]);
            yield return (
                SystemCall.Clone,
                [
                    BpfInstruction.Load(SeccompData.Argument(0)),
                    BpfInstruction.And(ThreadFlag),
                    BpfInstruction.UnlessEqualSkip(ThreadFlag),
                    pass,
                    refuse,
                ]
            );
            if (connects)
            {
                // Of sockets that are there already, the process may connect those that it has not connected yet.
                yield return (
                    SystemCall.Socket,
                    [BpfInstruction.Load(SeccompData.Argument(0)), BpfInstruction.UnlessEqualSkip(UnixFamily), pass, refuse]
                );
                yield return (SystemCall.Connect, [pass]);
            }
            yield return (
                SystemCall.Tgkill,
                [BpfInstruction.Load(SeccompData.Argument(0)), BpfInstruction.UnlessEqualSkip((uint)Environment.ProcessId), pass, refuse]
            );
            yield return (
                SystemCall.Ioctl,
                [.. hasAllOfKvm ? TypeCheck() : [], BpfInstruction.Load(SeccompData.Argument(1)), .. BpfSearch.Make(requests, pass, refuse)]
            );
        }
    }

    private void Apply(nint flags)
    {
        if (PrCtl(SetNoNewPrivileges, 1, 0, 0, 0) != 0)
            throw Failure("prctl(PR_SET_NO_NEW_PRIVS)", Marshal.GetLastPInvokeError());
        ulong[] instructions =
        [
            .. Program.Select(static one => one.Code | (ulong)one.IfTrue << 16 | (ulong)one.IfFalse << 24 | (ulong)one.Operand << 32),
        ];
        fixed (ulong* first = instructions)
        {
            // struct sock_fprog
            var program = stackalloc nint[2] { instructions.Length, (nint)first };
            var result = SystemCallOf(SeccompNumber, SetModeFilter, flags, program);
            if (result < 0)
                throw Failure("seccomp(SECCOMP_SET_MODE_FILTER)", Marshal.GetLastPInvokeError());
            if (result > 0)
                throw new InvalidOperationException(
                    $"Thread {result} is under another filter of seccomp, so that not all can get this one."
                );
        }
    }

    private static Exception Failure(string call, int errno)
    {
        var text = $"{call} failed: {Marshal.GetPInvokeErrorMessage(errno)}.";
        return errno is (int)SeccompData.NotImplemented or 22 // EINVAL
            ? new PlatformNotSupportedException($"{text} The kernel is built without CONFIG_SECCOMP_FILTER.")
            : new InvalidOperationException(text);
    }

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int PrCtl(int option, nuint second, nuint third, nuint fourth, nuint fifth);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCallOf(nint number, nint operation, nint flags, void* argument);
}
