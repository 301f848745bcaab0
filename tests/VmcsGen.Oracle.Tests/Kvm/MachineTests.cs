using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using VmcsGen.Kvm.Interop;
using VmcsGen.Oracle.Tests.Generated;
using VmcsGen.Oracle.Tests.Support;
using Xunit;

namespace VmcsGen.Oracle.Tests.Kvm;

/// <summary>KVM's interface on other machines, in VmcsGen.Kvm.Abi, against what gcc for them made of the kernel's headers.</summary>
public sealed class MachineTests(ITestOutputHelper output)
{
    private static readonly Assembly s_assembly = typeof(VmcsGen.Kvm.Abi.Arm64.KvmRegs).Assembly;

    public static TheoryData<string> Names => [.. KvmMachine.All.Select(static machine => machine.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_struct_member_ioctl_and_constant_is_as_gcc_has_it(string name)
    {
        var machine = Find(name);
        var differences = new Differences();
        var compared = MachineComparison.Compare(MachineComparison.Wanted(machine), machine.Of(s_assembly), differences);
        output.WriteLine($"{machine.Facts.Kernel}, {name}: {compared}");
        differences.AssertNone(output);
        Assert.InRange(compared.Structs, 50, int.MaxValue);
        Assert.InRange(compared.Ioctls, 50, int.MaxValue);
        Assert.InRange(compared.Constants, 500, int.MaxValue);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Nothing_is_there_that_the_headers_do_not_have(string name)
    {
        var machine = Find(name);
        var (facts, generated) = (machine.Facts, machine.Of(s_assembly));
        var differences = new Differences();
        StructComparison.CompareBack(facts, generated, differences);
        NumberComparison.CompareIoctlsBack(facts, generated, differences);
        foreach (var constant in generated.Constants.Select(static one => one.Key).Except(facts.Constants.Keys))
            differences.Add(constant, "no recorded constant has this name");
        differences.AssertNone(output);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_is_left_out_is_there_and_all_that_cannot_be_said_is_left_out(string name)
    {
        var machine = Find(name);
        var (facts, leftOut) = (machine.Facts, machine.LeftOut);
        var all = facts
            .Structs.Keys.Concat(facts.Ioctls.Keys)
            .Concat(facts.Constants.Keys)
            .Concat(facts.OtherIoctls)
            .Concat(facts.OtherMacros!)
            .ToHashSet();
        Listing.AssertEmpty(leftOut.Keys.Where(one => !all.Contains(one)), "names that are left out and that no header has");
        Listing.AssertEmpty(
            facts.OtherIoctls.Concat(facts.OtherMacros!).Distinct().Where(one => !leftOut.ContainsKey(one)),
            "macros without a number that are not left out"
        );
        Assert.All(leftOut.Values, static reason => Assert.InRange(reason.Length, 10, 200));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Integers_are_in_the_order_of_the_machine(string name)
    {
        var machine = Find(name);
        var swapped = 0;
        foreach (var field in Fields(machine))
        {
            var type = field.FieldType.IsEnum ? Enum.GetUnderlyingType(field.FieldType) : field.FieldType;
            if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(BigEndian<>))
                swapped++;
            else if (machine.Facts.BigEndian && ManagedLayout.SizeOf(type) > 1)
                Assert.False(type.IsPrimitive, $"{field.DeclaringType}.{field.Name}");
        }
        Assert.Equal(machine.Facts.BigEndian, swapped > 0);
    }

    [Fact]
    public void Memory_of_a_big_endian_machine_is_read_and_written_on_this_one()
    {
        var regs = new VmcsGen.Kvm.Abi.S390x.KvmRegs();
        regs.Gprs[1] = 0x0102030405060708;
        var bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<VmcsGen.Kvm.Abi.S390x.KvmRegs>(in regs));
        Assert.Equal<byte>([1, 2, 3, 4, 5, 6, 7, 8], bytes[8..16].ToArray());

        // bit 4 of the first byte, counted from the highest (asm/kvm.h)
        var features = new VmcsGen.Kvm.Abi.S390x.KvmS390VmCpuUvFeat { Ap = 1 };
        Assert.Equal(0x0800000000000000u, (ulong)features.Feat);
    }

    private static KvmMachine Find(string name) => KvmMachine.All.Single(machine => machine.Name == name);

    // Elements of arrays are fields of the types that are made for them.
    private static IEnumerable<FieldInfo> Fields(KvmMachine machine) =>
        s_assembly
            .GetTypes()
            .Where(type => $"{type.Namespace}" == $"{KvmMachine.Root}.{machine.Namespace}" && type is { IsValueType: true, IsEnum: false })
            .SelectMany(static type => type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(static field => field.FieldType.GetCustomAttribute<InlineArrayAttribute>() is null);
}
