using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.State;

/// <summary>Each piece of a vCPU's state is captured, and restored in another vCPU.</summary>
public class VcpuStateTests
{
    private const uint SysenterCs = 0x174;
    private const uint SysenterEip = 0x176;
    private const uint Tsc = 0x10;
    private const uint HypervVpRuntime = 0x4000_0010; // It counts the time that the vCPU ran.
    private const uint HypervTimeReferenceCount = 0x4000_0020; // It counts the time since the VM was created.
    private const uint TscDeadline = 0x6E0;
    private const uint Missing = 0xDEAD_0001;

    [Fact]
    public void Piece_that_a_host_did_not_take_is_told_by_name_if_it_has_one()
    {
        Assert.Equal("MSR 0x10 (Ia32Tsc): refused", new StateGap(StatePart.Msr, 0x10, 0).ToString());
        Assert.Equal("MSR 0x12345678: refused", new StateGap(StatePart.Msr, 0x1234_5678, 0).ToString());
    }

    [Theory, MemberData(nameof(Modes.All), MemberType = typeof(Modes))]
    public void Restored_vCPU_is_captured_as_the_first_was(GuestMode mode)
    {
        using var guest = Guest.Create(mode, static code => code.hlt());
        var random = new Random(7);
        guest.Restart(
            new KvmRegs
            {
                Rax = (ulong)random.NextInt64(),
                Rbx = 2,
                Rsi = ulong.MaxValue,
                R8 = 8,
                R15 = (ulong)random.NextInt64(),
            }
        );
        KvmDebugregs debugRegs = new() { Dr6 = 0xFFFF_0FF0, Dr7 = 0x400 };
        debugRegs.Db[0] = 0x1234;
        debugRegs.Db[3] = 0x5678;
        guest.Vcpu.SetDebugregs(debugRegs);
        guest.Vcpu.WriteMsrs([new KvmMsrEntry { Index = SysenterCs, Data = 0x10 }, new KvmMsrEntry { Index = SysenterEip, Data = 0xABC }]);
        FillVectors(guest.Vcpu, random);
        var first = VcpuState.Capture(guest.Host, guest.Vcpu);

        using var vm = guest.Host.CreateVm();
        vm.MapMemory(0, guest.Memory);
        using var vcpu = vm.CreateVcpu(0);
        Assert.All(first.RestoreTo(vcpu), static gap => Assert.Equal(StatePart.Msr, gap.Part));
        var second = VcpuState.Capture(guest.Host, vcpu);

        Assert.Equal(Bytes(first.Regs), Bytes(second.Regs));
        Assert.Equal(Bytes(first.Sregs), Bytes(second.Sregs));
        Assert.Equal(Bytes(first.Xcrs), Bytes(second.Xcrs));
        Assert.Equal(first.Xsave, second.Xsave);
        Assert.Equal(Bytes(first.DebugRegs), Bytes(second.DebugRegs));
        Assert.Equal(0x5678ul, second.DebugRegs!.Value.Db[3]);
        Assert.Equal(Bytes(first.Events), Bytes(second.Events));
        Assert.Equal(Bytes(first.MultiprocessingState), Bytes(second.MultiprocessingState));
        Assert.Equal(first.TscKhz, second.TscKhz);
        Assert.Equal(first.Cpuid.Count, second.Cpuid.Count);
        Assert.Equal(first.NestedState, second.NestedState);
        Assert.Equal(first.Gaps, second.Gaps);
        Assert.Equal((0x10ul, 0xABCul), (second.FindMsr(SysenterCs), second.FindMsr(SysenterEip)));
        Assert.Equal(StableMsrs(first), StableMsrs(second));
        Assert.Null(second.FindMsr(Missing));
    }

    [Fact]
    public void What_the_host_lacks_is_null_and_named()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());

        var state = VcpuState.Capture(guest.Host, guest.Vcpu);

        // There is no irqchip here. Nested state is there or refused, as the host has it.
        Assert.Null(state.Lapic);
        var lapic = Assert.Single(state.Gaps, static gap => gap.Part == StatePart.Lapic);
        Assert.Equal(Errno.EINVAL, lapic.Errno);
        Assert.StartsWith("Lapic: ", lapic.ToString(), StringComparison.Ordinal);
        Assert.Equal(state.NestedState is null, state.Gaps.Any(static gap => gap is { Part: StatePart.NestedState, Errno: Errno.EINVAL }));
        Assert.NotNull(state.Xsave);
        Assert.Null(state.Fpu);
    }

    [Fact]
    public void MSRs_that_are_refused_are_reported_by_index_and_the_others_are_written()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        var state = VcpuState.Capture(guest.Host, guest.Vcpu);
        var before = state.RestoreTo(guest.Vcpu);
        state.Msrs = [new() { Index = Missing }, .. state.Msrs, new() { Index = Missing + 1 }, new() { Index = SysenterEip, Data = 0x777 }];

        var gaps = state.RestoreTo(guest.Vcpu);

        Assert.Equal(
            [Missing, .. before.Select(static gap => gap.Msr).Order(), Missing + 1],
            gaps.Select(static gap => gap.Msr)
                .OrderBy(static msr =>
                    msr switch
                    {
                        Missing => 0ul,
                        Missing + 1 => ulong.MaxValue,
                        _ => msr,
                    }
                )
        );
        Assert.Contains(gaps, static gap => gap.ToString() == "MSR 0xDEAD0001: refused");
        Assert.Equal(0x777ul, guest.Vcpu.ReadMsrs([SysenterEip], out _)[0].Data);
    }

    [Fact]
    public void Lists_of_MSRs_may_have_any_length_and_any_of_them_may_be_refused()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        var indices = Enumerable.Range(0, 700).Select(static i => i % 7 == 3 ? Missing + (uint)i : SysenterEip).ToArray();

        var read = guest.Vcpu.ReadMsrs(indices, out var refused);

        Assert.Equal(indices.Where(static index => index != SysenterEip), refused);
        Assert.Equal(600, read.Length);
        Assert.All(read, static msr => Assert.Equal(SysenterEip, msr.Index));
        Assert.Equal(refused, guest.Vcpu.WriteMsrs([.. indices.Select(static index => new KvmMsrEntry { Index = index, Data = 5 })]));
        Assert.Equal(5ul, guest.Vcpu.ReadMsrs([SysenterEip], out _)[0].Data);
        Assert.Empty(guest.Vcpu.ReadMsrs([], out refused));
        Assert.Empty(refused);
    }

    [Theory, MemberData(nameof(Modes.All), MemberType = typeof(Modes))]
    public void Answer_to_the_last_exit_is_a_part_of_the_state(GuestMode mode)
    {
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                code.@in(al, 0x10);
                code.@out(0x11, al);
            }
        );
        guest.RunToIn(0x10, 0x5A);

        var state = VcpuState.Capture(guest.Host, guest.Vcpu);

        Assert.Equal(0x5Aul, state.Regs.Rax & 0xFF);
        Assert.Equal(Guest.CodeAddress + 2, state.Regs.Rip);
        Assert.Equal(0x5Au, guest.RunToOut(0x11));
    }

    [Fact]
    public void vCPU_whose_instruction_needs_another_exit_is_refused_and_can_be_captured_after_that()
    {
        using var guest = Guest.Create(
            GuestMode.LongSupervisor,
            static code =>
            {
                code.mov(rax, 0x1122_3344_5566_7788);
                code.mov(__qword_ptr.fs[0xFFC], rax); // Four bytes on one page of the window and four on the next.
                code.@out(0x11, al);
            }
        );
        guest.RunTo(KvmExitReason.Mmio);

        var refusal = Assert.Throws<InvalidOperationException>(() => VcpuState.Capture(guest.Host, guest.Vcpu));
        Assert.Contains("needs another exit", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("0x40001000", refusal.Message, StringComparison.Ordinal);

        // The refused capture lost nothing.
        Assert.False(guest.Vcpu.TryCompleteExit(out var next));
        Assert.Equal(0x4000_1000ul, next.Mmio.Address);
        Assert.True(guest.Vcpu.TryCompleteExit(out _));
        Assert.Equal(0x1122_3344_5566_7788ul, VcpuState.Capture(guest.Host, guest.Vcpu).Regs.Rax);
        guest.RunToOut(0x11);
    }

    [Fact]
    public void XSAVE_area_of_a_host_with_fewer_states_is_extended()
    {
        using var guest = Guest.Create(GuestMode.LongUser, static code => code.hlt());
        var state = VcpuState.Capture(guest.Host, guest.Vcpu);
        var whole = state.Xsave!;
        whole[160] = 0x77; // XMM0.
        whole[512] |= 2;
        state.Xsave = whole[..832]; // To the end of the AVX state.

        state.RestoreTo(guest.Vcpu);

        Assert.Equal(0x77, guest.Vcpu.GetXsave2()[160]);
        Assert.Equal(832, state.Xsave.Length);
    }

    [Fact]
    public void Pending_exception_survives_although_registers_are_written_too()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        guest.SetVector(6, 0x9000);
        guest.Place(0x9000, static code => code.@out(0x66, al));
        var state = VcpuState.Capture(guest.Host, guest.Vcpu);
        var events = state.Events!.Value;
        events.Exception = events.Exception with { Injected = 1, Nr = 6 };
        state.Events = events;

        state.RestoreTo(guest.Vcpu);

        guest.RunToOut(0x66);
    }

    [Fact]
    public void Time_stamp_counter_goes_on_from_where_it_was_or_is_reported_where_the_host_cannot_move_it()
    {
        const ulong Start = 0x7000_0000_0000;
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        var state = VcpuState.Capture(guest.Host, guest.Vcpu);
        state.Msrs = [.. state.Msrs.Where(static msr => msr.Index != Tsc), new KvmMsrEntry { Index = Tsc, Data = Start }];
        using var vm = guest.Host.CreateVm();
        using var vcpu = vm.CreateVcpu(0);

        var gaps = state.RestoreTo(vcpu);

        // Hours would have to pass to be out of this range.
        var tsc = vcpu.ReadMsrs([Tsc], out _)[0].Data;
        Assert.True(tsc is >= Start and < Start + (1ul << 44) || gaps.Contains(new StateGap(StatePart.Msr, Tsc, 0)), $"The TSC is {tsc}.");
    }

    [Fact]
    public void Deadline_of_the_APIC_timer_is_restored_after_the_APIC()
    {
        const uint LvtTimer = 0x320;
        const uint DeadlineMode = 2 << 17;
        const uint SpuriousVector = 0xF0;
        using var guest = Guest.Create(
            GuestMode.LongSupervisor,
            static code => code.hlt(),
            static vm => vm.CreateIrqchip(),
            KvmCapability.Irqchip,
            KvmCapability.TscDeadlineTimer
        );
        var cpuid = CpuidBuilder.FromSupported(guest.Host);
        cpuid[CpuidFeature.TscDeadline] = true;
        guest.Vcpu.SetCpuid2(cpuid);
        guest.Vcpu.GetLapic(out var lapic);
        var registers = MemoryMarshal.AsBytes(new Span<KvmLapicState>(ref lapic));
        BitConverter.TryWriteBytes(registers[(int)LvtTimer..], DeadlineMode | 0x40);
        BitConverter.TryWriteBytes(registers[(int)SpuriousVector..], 0x1FF);
        guest.Vcpu.SetLapic(lapic);
        const ulong Deadline = ulong.MaxValue >> 8;
        Assert.Empty(guest.Vcpu.WriteMsrs([new KvmMsrEntry { Index = TscDeadline, Data = Deadline }]));
        var state = VcpuState.Capture(guest.Host, guest.Vcpu);
        Assert.Equal(Deadline, state.FindMsr(TscDeadline));

        using var vm = guest.Host.CreateVm();
        vm.CreateIrqchip();
        using var vcpu = vm.CreateVcpu(0);
        state.RestoreTo(vcpu);

        Assert.Equal(Deadline, vcpu.ReadMsrs([TscDeadline], out _)[0].Data);
        vcpu.GetLapic(out var back);
        Assert.Equal(DeadlineMode | 0x40, BitConverter.ToUInt32(MemoryMarshal.AsBytes(new Span<KvmLapicState>(ref back))[(int)LvtTimer..]));
    }

    // XMM0 and the upper half of YMM15, of the standard format: legacy area, header, and AVX state at 576.
    private static void FillVectors(KvmVcpu vcpu, Random random)
    {
        var xsave = vcpu.GetXsave2();
        random.NextBytes(xsave.AsSpan(160, 256));
        vcpu.GetXcrs(out var xcrs);
        var hasAvx = (xcrs.Xcrs[0].Value & 4) != 0;
        if (hasAvx)
            random.NextBytes(xsave.AsSpan(576, 256));
        xsave[512] |= (byte)(hasAvx ? 7 : 3);
        vcpu.SetXsave(xsave);
    }

    // What counts time or is changed by the restoring host is not compared.
    private static IEnumerable<(uint Index, ulong Data)> StableMsrs(VcpuState state) =>
        state
            .Msrs.Where(static msr => msr.Index is not (Tsc or 0x3B or TscDeadline or HypervVpRuntime or HypervTimeReferenceCount))
            .Select(static msr => (msr.Index, msr.Data));

    private static byte[] Bytes<T>(T value)
        where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)).ToArray();

    private static byte[] Bytes<T>(T? value)
        where T : unmanaged => Bytes(Assert.NotNull(value));
}
