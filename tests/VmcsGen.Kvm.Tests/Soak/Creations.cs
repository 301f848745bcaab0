using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using VmcsGen.Kvm.Interop;
using VmcsGen.Kvm.Tests.Interrupts;
using VmcsGen.Kvm.Tests.Lifetime;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Soak;

/// <summary>VMs with all that belongs to one, created while one call after the other fails, in every round another one.</summary>
public sealed class Creations : IDisposable
{
    private const int Seed = 0x5EED;
    private const string FileName = "vmcsgen-soak";

    // So much that a single one that is left behind stands out from all that the runtime itself maps.
    private const long LargeMemory = 1L << 34;

    private static readonly int s_rounds = TestHost.Many(5_000, emulated: 200);

    private static readonly Errno[] s_errnos =
    [
        Errno.ENOMEM,
        Errno.EMFILE,
        Errno.ENFILE,
        Errno.EINVAL,
        Errno.EINTR,
        Errno.EAGAIN,
        Errno.EIO,
        Errno.EFAULT,
        Errno.EBUSY,
        Errno.ENOSPC,
        Errno.ENOTTY,
        Errno.EPERM,
    ];

    private readonly string _path = Path.Combine(Path.GetTempPath(), $"{FileName}-{Guid.NewGuid():N}");
    private readonly Dictionary<string, int> _failures = [];
    private int _successes;

    public Creations() => File.WriteAllBytes(_path, new byte[0x4000]);

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Thousands_of_VMs_with_a_failure_at_every_step_leave_nothing_behind()
    {
        TestHost.Open().Dispose();
        for (var round = 0; round < 100; round++)
            Do(new Random(Seed - 1 - round));
        var before = Held.Count();
        var sizeBefore = VirtualSize();
        _failures.Clear();
        _successes = 0;

        for (var round = 0; round < s_rounds; round++)
        {
            Do(new Random(Seed + round));
            if (round % 50 == 0)
                KvmResources.Count(); // Collects what was forgotten, before there are too many descriptors.
        }

        Assert.Equal(before, Held.Count());
        Assert.InRange(VirtualSize() - sizeBefore, -LargeMemory, LargeMemory / 2);
        Assert.InRange(_successes, s_rounds / 20, s_rounds);
        foreach (
            var step in new[]
            {
                "open /dev/kvm",
                "KVM_CREATE_VM",
                "KVM_SET_USER_MEMORY_REGION",
                "KVM_CREATE_VCPU",
                "mmap",
                "memfd_create",
                "ftruncate",
                "fcntl",
                "eventfd",
                "KVM_CREATE_DEVICE",
                "KVM_GET_REGS",
                "KVM_SET_SREGS",
                "KVM_RUN",
                "madvise",
                "KVM_IOEVENTFD",
            }
        )
        {
            Assert.True(_failures.ContainsKey(step), $"{step} never failed: {string.Join(", ", _failures)}");
        }
    }

    private void Do(Random random)
    {
        List<IDisposable> parts = [];
        var isForgotten = random.Next(10) == 0;
        using (LibcFault.OfCall(random.Next(1, 36), s_errnos[random.Next(s_errnos.Length)]))
        {
            try
            {
                Create(parts, random);
                _successes++;
            }
            catch (KvmException failure)
            {
                _failures[failure.Operation] = _failures.GetValueOrDefault(failure.Operation) + 1;
            }
            if (isForgotten)
                return;
            foreach (var part in parts.OrderBy(_ => random.Next()))
            {
                part.Dispose();
                if (random.Next(4) == 0)
                    part.Dispose();
            }
        }
    }

    // Not inlined: the caller's frame must not keep what is to be forgotten.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Create(List<IDisposable> parts, Random random)
    {
        var host = Add(KvmHost.Open());
        var vm = Add(host.CreateVm());
        Add(GuestMemory.Allocate((ulong)LargeMemory));
        var memory = Add(
            random.Next(2) == 0
                ? GuestMemory.AllocateShared(0x4000, name: FileName)
                : GuestMemory.MapFile(_path, GuestFileMapping.CopyOnWrite)
        );
        memory.Advise(GuestMemoryAdvice.HugePages);
        memory.Write(0x1000, 0xFCEB_11E6); // out 11h,al; jmp to it
        var slot = vm.MapMemory(0, memory);
        switch (random.Next(4)) // Not all of it each time: KVM waits some milliseconds when a VM changes.
        {
            case 0:
                using (var again = Add(GuestMemory.MapFile(memory.File!, GuestFileMapping.CopyOnWrite)))
                    vm.MapMemory(0x10_0000, again).MoveTo(0x20_0000);
                break;
            case 1:
                vm.Ioeventfd(Add(Eventfd.Create()), 0x40, 1, KvmIoeventfdFlags.Pio);
                break;
            case 2:
                Add(vm.CreateDevice(KvmDeviceType.Vfio));
                break;
        }

        for (var id = 0; id < random.Next(1, 3); id++)
        {
            var vcpu = Add(vm.CreateVcpu(id));
            vcpu.GetSregs(out var sregs);
            sregs.Cs.Base = sregs.Cs.Selector = 0;
            vcpu.SetSregs(sregs);
            vcpu.GetRegs(out var regs);
            vcpu.SetRegs(regs with { Rip = 0x1000 });
            if (random.Next(2) == 0)
                vcpu.Kick();
            for (var exits = 0; exits < 3; exits++)
                Assert.True(vcpu.Run().Reason is KvmExitReason.Io or KvmExitReason.Intr);
            if (random.Next(8) == 0)
                DisposeWhileRunning(vcpu);
        }
        if (random.Next(4) == 0)
            slot.Unmap();

        T Add<T>(T part)
            where T : IDisposable
        {
            parts.Add(part);
            return part;
        }
    }

    private static long VirtualSize()
    {
        using var self = Process.GetCurrentProcess();
        return self.VirtualMemorySize64;
    }

    private static void DisposeWhileRunning(KvmVcpu vcpu)
    {
        var runner = new Worker(() =>
        {
            try
            {
                while (true)
                    vcpu.Run();
            }
            catch (Exception end) when (end is KvmException or ObjectDisposedException)
            {
                // The failure was its, or it is over.
            }
        });
        try
        {
            vcpu.Dispose();
        }
        finally
        {
            runner.Finish();
        }
    }

    /// <summary>What this process holds that such rounds could leave behind.</summary>
    private readonly record struct Held(KvmResources Kvm, int Eventfds, int Files, int FileMappings)
    {
        public static Held Count()
        {
            var kvm = KvmResources.Count();
            var links = Directory.GetFiles("/proc/self/fd").Select(TargetOf).ToList();
            return new(
                kvm,
                links.Count(static target => target.Contains("eventfd", StringComparison.Ordinal)),
                links.Count(static target => target.Contains(FileName, StringComparison.Ordinal)),
                File.ReadLines("/proc/self/maps").Count(static line => line.Contains(FileName, StringComparison.Ordinal))
            );
        }

        private static string TargetOf(string link)
        {
            try
            {
                return new FileInfo(link).LinkTarget ?? "";
            }
            catch (IOException)
            {
                return ""; // The descriptor by which the directory was read is gone already.
            }
        }
    }
}
