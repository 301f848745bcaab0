using System.Runtime.InteropServices;

namespace VmcsGen.Kvm;

// The vCPU's sections of a snapshot: each piece as the kernel's struct.
public sealed partial class VcpuState
{
    // The legacy region and the XSAVE header. Source: SDM 1 13.4.
    private const int XsaveHeaderEnd = 576;

    internal void WriteTo(SnapshotWriter writer)
    {
        writer.Write(SnapshotTag.Vcpu, Id);
        writer.WriteAll<KvmCpuidEntry2>(SnapshotTag.Cpuid, [.. Cpuid]);
        writer.WriteIfPresent(SnapshotTag.TscFrequency, TscKhz);
        writer.WriteIfPresent(SnapshotTag.TscOffset, TscOffset);
        writer.Write(SnapshotTag.Regs, Regs);
        writer.Write(SnapshotTag.Sregs, Sregs);
        writer.WriteIfPresent(SnapshotTag.Xcrs, Xcrs);
        if (Xsave is not null)
            writer.Write(SnapshotTag.Xsave, Xsave);
        writer.WriteIfPresent(SnapshotTag.Fpu, Fpu);
        writer.WriteIfPresent(SnapshotTag.DebugRegs, DebugRegs);
        writer.WriteIfPresent(SnapshotTag.Lapic, Lapic);
        writer.WriteAll<KvmMsrEntry>(SnapshotTag.Msrs, [.. Msrs]);
        writer.WriteIfPresent(SnapshotTag.Events, Events);
        writer.WriteIfPresent(SnapshotTag.MultiprocessingState, MultiprocessingState);
        if (NestedState is not null)
            writer.Write(SnapshotTag.NestedState, NestedState);
        writer.WriteAll<StateGap>(SnapshotTag.Gaps, [.. Gaps]);
    }

    /// <summary>Takes over a section; false if it does not belong to a vCPU.</summary>
    internal bool TryRead(SnapshotReader reader)
    {
        switch (reader.Tag)
        {
            case SnapshotTag.Cpuid:
                Cpuid = reader.GetAll<KvmCpuidEntry2>();
                return true;
            case SnapshotTag.TscFrequency:
                TscKhz = reader.Get<uint>();
                return true;
            case SnapshotTag.TscOffset:
                TscOffset = reader.Get<ulong>();
                return true;
            case SnapshotTag.Regs:
                Regs = reader.Get<KvmRegs>();
                return true;
            case SnapshotTag.Sregs:
                Sregs = reader.Get<KvmSregs2>();
                return true;
            case SnapshotTag.Xcrs:
                Xcrs = reader.Get<KvmXcrs>();
                return true;
            case SnapshotTag.Xsave:
                Xsave = reader.GetBytes(XsaveHeaderEnd, sizeof(ulong));
                RequireOneForm(reader);
                return true;
            case SnapshotTag.Fpu:
                Fpu = reader.Get<KvmFpu>();
                RequireOneForm(reader);
                return true;
            case SnapshotTag.DebugRegs:
                DebugRegs = reader.Get<KvmDebugregs>();
                return true;
            case SnapshotTag.Lapic:
                Lapic = reader.Get<KvmLapicState>();
                return true;
            case SnapshotTag.Msrs:
                Msrs = reader.GetAll<KvmMsrEntry>();
                return true;
            case SnapshotTag.Events:
                Events = reader.Get<KvmVcpuEvents>();
                return true;
            case SnapshotTag.MultiprocessingState:
                MultiprocessingState = reader.Get<KvmMpState>();
                return true;
            case SnapshotTag.NestedState:
                NestedState = ReadNestedState(reader);
                return true;
            case SnapshotTag.Gaps:
                Gaps = reader.GetAll<StateGap>();
                return true;
            default:
                return false;
        }
    }

    private void RequireOneForm(SnapshotReader reader)
    {
        if (Xsave is not null && Fpu is not null)
            throw reader.Wrong("the vCPU has its x87 and SSE registers in two forms, and one of them would be lost");
    }

    private static unsafe byte[] ReadNestedState(SnapshotReader reader)
    {
        var state = reader.GetBytes(sizeof(KvmNestedState), 1);
        var size = MemoryMarshal.Read<KvmNestedState>(state).Size;
        return size == state.Length ? state : throw reader.Wrong($"it has {state.Length} bytes, and its header says {size}");
    }
}
