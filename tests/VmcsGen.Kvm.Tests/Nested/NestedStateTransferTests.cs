using System;
using System.IO;
using System.Runtime.InteropServices;
using VmcsGen.Kvm.Tests.Testing;
using VmcsGen.Vmx;
using Xunit;
using static VmcsGen.Kvm.Tests.Nested.NestedPrograms;

namespace VmcsGen.Kvm.Tests.Nested;

/// <summary>A VM that is saved while its guest's own guest runs goes on there in another VM.</summary>
public unsafe class NestedStateTransferTests
{
    [Fact]
    public void Nested_guest_of_SVM_goes_on_in_a_fresh_VM()
    {
        using var guest = SvmHypervisor.Create(static code => CountAndCall(code, static code => code.vmmcall()));

        var state = CaptureAfter(guest, 2);

        var header = Header(state);
        Assert.Equal(KvmNestedStateFormat.Svm, header.Format);
        Assert.True(header.Flags.HasFlag(KvmNestedStateFlags.GuestMode));
        Assert.Equal(ControlStructure, header.Hdr.Svm.VmcbPa);
        AssertGoesOn(guest, state, SvmHypervisor.Vmmcall);
    }

    [Fact]
    public void Nested_guest_of_VMX_goes_on_in_a_fresh_VM()
    {
        using var guest = VmxHypervisor.Create(static code => CountAndCall(code, static code => code.vmcall()));

        var state = CaptureAfter(guest, 2);

        var header = Header(state);
        Assert.Equal(KvmNestedStateFormat.Vmx, header.Format);
        Assert.True(header.Flags.HasFlag(KvmNestedStateFlags.GuestMode));
        Assert.Equal((ProcessorPage, ControlStructure), (header.Hdr.Vmx.VmxonPa, header.Hdr.Vmx.Vmcs12Pa));
        // RIP of the nested guest is in the registers; what its hypervisor wrote is in the VMCS.
        var vmcs = MemoryMarshal.Read<Vmcs12>(state.Vcpus[0].NestedState.AsSpan(sizeof(KvmNestedState)));
        Assert.Equal(VmxHypervisor.ExitAddress, (ulong)vmcs.HostRip);
        Assert.InRange(state.Vcpus[0].Regs.Rip, NestedCode, NestedCode + 0x100);
        AssertGoesOn(guest, state, (uint)BasicExitReason.Vmcall);
    }

    [Fact]
    public void Nested_guest_of_SVM_is_taken_back_again_and_again()
    {
        using var guest = SvmHypervisor.Create(static code => CountAndCall(code, static code => code.vmmcall()));
        AssertIsTakenBack(guest, SvmHypervisor.Vmmcall);
    }

    [Fact]
    public void Nested_guest_of_VMX_is_taken_back_again_and_again()
    {
        using var guest = VmxHypervisor.Create(static code => CountAndCall(code, static code => code.vmcall()));
        AssertIsTakenBack(guest, (uint)BasicExitReason.Vmcall);
    }

    // Out of the nested guest, and out of its hypervisor after the nested guest has left for good.
    private static void AssertIsTakenBack(Guest guest, uint exit)
    {
        for (var count = 1u; count <= 2; count++)
            Assert.Equal(count, guest.RunToOut(CountPort));
        using var point = VmResetPoint.Capture(guest.Host, guest.Vm, guest.Vcpu);
        var memory = guest.Memory.Span.ToArray();
        for (var round = 0; round < 6; round++)
        {
            var last = round % 2 == 0 ? LastCount : 3;
            for (var count = 3u; count <= last; count++)
                Assert.Equal(count, guest.RunToOut(CountPort));
            if (last == LastCount)
                Assert.Equal(exit, guest.RunToOut(ExitPort));

            point.Reset();

            Assert.True(memory.AsSpan().SequenceEqual(guest.Memory.Span), $"After reset {round} the memory is another one.");
            var state = MemoryMarshal.Read<KvmNestedState>(guest.Vcpu.GetNestedState());
            Assert.True(state.Flags.HasFlag(KvmNestedStateFlags.GuestMode));
        }
    }

    // Through a file's form, as between two processes.
    private static VmState CaptureAfter(Guest guest, uint count)
    {
        for (var i = 1u; i <= count; i++)
            Assert.Equal(i, guest.RunToOut(CountPort));
        using var file = new MemoryStream();
        VmState.Capture(guest.Host, guest.Vm, guest.Vcpu).Save(file);
        file.Position = 0;
        return VmState.Load(file);
    }

    private static KvmNestedState Header(VmState state) => MemoryMarshal.Read<KvmNestedState>(state.Vcpus[0].NestedState);

    // In the fresh VM, and where it was captured too.
    private static void AssertGoesOn(Guest guest, VmState state, uint exit)
    {
        using var vm = guest.Host.CreateVm();
        using var vcpu = vm.CreateVcpu(0);
        // MSRs that the guest has no use of, some of them there only with an APIC; and the counter, which may stand a little behind.
        Assert.All(
            state.RestoreTo(vm, vcpu),
            gap => Assert.True(gap.Part == StatePart.Msr && (gap.Msr == 0x10 || state.Vcpus[0].FindMsr(gap.Msr) == 0), gap.ToString())
        );
        foreach (var running in new[] { vcpu, guest.Vcpu })
        {
            for (var count = 3u; count <= LastCount; count++)
                Assert.Equal(count, Runs.ToOut(running, CountPort));
            Assert.Equal(exit, Runs.ToOut(running, ExitPort));
            var after = MemoryMarshal.Read<KvmNestedState>(running.GetNestedState());
            Assert.False(after.Flags.HasFlag(KvmNestedStateFlags.GuestMode));
        }
    }
}
