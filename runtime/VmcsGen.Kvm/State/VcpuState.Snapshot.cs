namespace VmcsGen.Kvm;

// The vCPU's sections of a snapshot: each piece as the kernel's struct.
public sealed partial class VcpuState
{
    internal void WriteTo(SnapshotWriter writer)
    {
        writer.Write(SnapshotTag.Vcpu, Id);
        writer.WriteAll<KvmCpuidEntry2>(SnapshotTag.Cpuid, [.. Cpuid]);
        writer.WriteIfPresent(SnapshotTag.TscFrequency, TscKhz);
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
                Xsave = reader.GetAll<byte>();
                return true;
            case SnapshotTag.Fpu:
                Fpu = reader.Get<KvmFpu>();
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
                NestedState = reader.GetAll<byte>();
                return true;
            case SnapshotTag.Gaps:
                Gaps = reader.GetAll<StateGap>();
                return true;
            default:
                return false;
        }
    }
}
