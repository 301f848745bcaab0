using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Vmx.Bochs.Tests.Testing;
using VmcsGen.Vmx.RingZero;
using VmcsGen.Vmx.Testing;
using Xunit;

namespace VmcsGen.Vmx.Bochs.Tests.Vmx;

/// <summary>VMCS fields as a processor has them, against the spec.</summary>
public sealed class Fields(MachinePool machines) : IClassFixture<MachinePool>
{
    // Encodings have 15 bits (SDM 3C 25.11.2).
    private const int Encodings = 0x8000;

    [Theory]
    [MemberData(nameof(Models.Different), MemberType = typeof(Models))]
    public void A_processor_accepts_exactly_the_fields_that_its_capability_MSRs_promise(string model)
    {
        var rig = Prepare(model, out var cpu);
        var batch = cpu.CreateBatch();
        var reads = Enumerable.Range(0, Encodings).Select(encoding => batch.Vmread((VmcsField)encoding)).ToArray();
        batch.Execute();

        var accepted = new List<string>();
        var promised = new List<string>();
        for (var encoding = 0; encoding < Encodings; encoding++)
        {
            var result = reads[encoding].Outcome;
            Assert.True(
                result.IsSuccess || result.Error == VmInstructionError.UnsupportedVmcsComponent,
                $"{VmcsFields.NameOf((VmcsField)encoding)}: {result}"
            );
            if (result.IsSuccess)
                accepted.Add(VmcsFields.NameOf((VmcsField)encoding));
            if (rig.Capabilities.Supports((VmcsField)encoding))
                promised.Add(VmcsFields.NameOf((VmcsField)encoding));
        }
        Assert.Equal(promised, accepted);
    }

    [Theory]
    [MemberData(nameof(Models.Different), MemberType = typeof(Models))]
    public void Every_field_holds_as_many_bits_as_its_encoding_says(string model)
    {
        var rig = Prepare(model, out var cpu);
        var fields = Supported(rig).ToArray();
        var batch = cpu.CreateBatch();
        var results = fields
            .Select(field =>
                (
                    Field: field,
                    Zero: batch.Vmwrite(field, 0),
                    WasZero: batch.Vmread(field),
                    Ones: batch.Vmwrite(field, ulong.MaxValue),
                    WasOnes: batch.Vmread(field)
                )
            )
            .ToArray();
        batch.Execute();

        foreach (var (field, zero, wasZero, ones, wasOnes) in results)
        {
            if (field.IsReadOnly && !rig.Capabilities.Misc.VmwriteExitInformation)
            {
                Assert.Equal(VmInstructionError.VmwriteReadOnlyVmcsComponent, zero.Outcome.Error);
                Assert.Equal(VmInstructionError.VmwriteReadOnlyVmcsComponent, ones.Outcome.Error);
                continue;
            }
            var expected = field.Size == 8 ? ulong.MaxValue : (1UL << (field.Size * 8)) - 1;
            var seen = $"{VmcsFields.NameOf(field)}: {zero.Outcome} 0x{wasZero.Value:X}, {ones.Outcome} 0x{wasOnes.Value:X}";
            Assert.Equal($"{VmcsFields.NameOf(field)}: VMsucceed 0x0, VMsucceed 0x{expected:X}", seen);
        }
    }

    [Theory]
    [MemberData(nameof(Models.Different), MemberType = typeof(Models))]
    public void High_halves_are_the_high_halves_of_their_fields(string model)
    {
        var rig = Prepare(model, out var cpu);
        var fields = Supported(rig)
            .Where(field => field is { IsHighAccess: false, Width: VmcsFieldWidth.Bits64 } && !field.IsReadOnly)
            .ToArray();
        var batch = cpu.CreateBatch();
        var results = new List<(VmcsField Field, RingZeroResult<ulong> High, RingZeroResult<ulong> Full)>();
        foreach (var field in fields)
        {
            batch.Vmwrite(field, 0x1122_3344_5566_7788);
            var high = batch.Vmread(field.High);
            batch.Vmwrite(field.High, 0xAABB_CCDD);
            results.Add((field, high, batch.Vmread(field)));
        }
        batch.Execute();

        Assert.NotEmpty(results);
        foreach (var (field, high, full) in results)
        {
            Assert.True(high.Value == 0x1122_3344, $"{VmcsFields.NameOf(field.High)}: 0x{high.Value:X}");
            Assert.True(full.Value == 0xAABB_CCDD_5566_7788, $"{VmcsFields.NameOf(field)}: 0x{full.Value:X}");
        }
    }

    private static IEnumerable<VmcsField> Supported(VmxRig rig) =>
        Enumerable.Range(0, Encodings).Select(static encoding => (VmcsField)encoding).Where(rig.Capabilities.Supports);

    private VmxRig Prepare(string model, out RingZeroCpu cpu)
    {
        cpu = machines.Get(model).Cpu;
        var rig = new VmxRig(cpu, cpu.FreeMemory.Start);
        rig.Prepare(VmxStage.Current);
        return rig;
    }
}
