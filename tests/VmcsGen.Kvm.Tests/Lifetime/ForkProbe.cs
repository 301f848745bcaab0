using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm.Tests.Lifetime;

/// <summary>
/// What <see cref="UseAfterFork"/> has a process of its own do: it creates a VM, forks, uses the VM in the child, and then in
/// the parent. fork copies one thread only, so a process must do it in which no other thread has anything to do, and the child
/// can rely on nothing that would need one. That is why it does not return to any test runner.
/// </summary>
internal static unsafe partial class ForkProbe
{
    /// <summary>Set to 1 it makes this assembly's process a probe.</summary>
    public const string Variable = "VMCSGEN_FORK_PROBE";

    private const ulong Code = 0x1000;

    private static KvmHost s_host = null!;
    private static KvmVm s_vm = null!;
    private static KvmVcpu s_vcpu = null!;
    private static KvmDevice s_device = null!;
    private static GuestMemory s_memory = null!;

    [ModuleInitializer]
    internal static void RunIfAsked()
    {
        if (Environment.GetEnvironmentVariable(Variable) != "1")
            return;
        var status = 1;
        try
        {
            Run();
            status = 0;
        }
        catch (Exception failure) when (failure is not null)
        {
            Tell(failure.ToString());
        }
        exitNow(status);
    }

    private static void Run()
    {
        s_host = KvmHost.Open();
        s_vm = s_host.CreateVm();
        s_memory = GuestMemory.Allocate(0x2000);
        s_memory.Write(Code, 0xFCEB_11E6); // out 11h,al; jmp to it
        s_vm.MapMemory(0, s_memory);
        s_vcpu = s_vm.CreateVcpu(0);
        s_device = s_vm.CreateDevice(KvmDeviceType.Vfio);
        s_vcpu.GetSregs(out var sregs);
        sregs.Cs.Base = sregs.Cs.Selector = 0;
        s_vcpu.SetSregs(sregs);
        s_vcpu.SetRegs(new KvmRegs { Rip = Code, Rflags = 2 });
        UseAll("before"); // Also so that the child has nothing left to load or to compile.

        var child = fork();
        if (child == 0)
        {
            _ = alarm(60); // If it hangs after all.
            UseAll("child");
            exitNow(0);
        }

        int status;
        while (waitpid(child, &status, 0) < 0 && Libc.LastErrno == Errno.EINTR) { }
        Tell($"child ended|{status}");
        UseAll("after");
    }

    private static void UseAll(string when)
    {
        Use(when, "Check", static () => s_vm.Check(KvmCapability.UserMemory));
        Use(when, "GetClock", static () => s_vm.GetClock(out _));
        Use(when, "CreateVcpu", static () => s_vm.CreateVcpu(0)); // The id is taken.
        Use(
            when,
            "MapMemory",
            static () =>
            {
                using var slot = s_vm.MapMemory(0x10_0000, s_memory, slot: 5);
            }
        );
        Use(when, "GetRegs", static () => s_vcpu.GetRegs(out _));
        Use(
            when,
            "Run",
            static () =>
            {
                while (s_vcpu.Run().Reason == KvmExitReason.Intr) { }
            }
        );
        Use(when, "Device", static () => s_device.UnsafeIoctl(KvmIoctl.KVM_HAS_DEVICE_ATTR, 0));
    }

    private static void Use(string when, string what, Action use)
    {
        try
        {
            use();
            Tell($"{when} {what}|done");
        }
        catch (KvmException refusal)
        {
            Tell($"{when} {what}|{refusal.Operation}|{refusal.ErrnoName}|{refusal.Message}");
        }
    }

    private static void Tell(string line)
    {
        fixed (byte* bytes = Encoding.UTF8.GetBytes(line + "\n"))
            _ = Libc.Write(1, bytes, (nuint)Encoding.UTF8.GetByteCount(line + "\n"));
    }

    [LibraryImport("libc")]
    private static partial int fork();

    [LibraryImport("libc", SetLastError = true)]
    private static partial int waitpid(int process, int* status, int options);

    [LibraryImport("libc")]
    private static partial uint alarm(uint seconds);

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void exitNow(int status);
}
