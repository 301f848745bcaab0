using System;
using System.Linq;
using System.Reflection;
using Microsoft.CodeAnalysis;
using VmcsGen.Generators.Tests.Testing;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Emission;

/// <summary>Emitted code at work in a consumer, which is compiled with overflow checks.</summary>
public class EmittedCodeRunTests
{
    [Fact]
    public void Parts_of_a_bit_field_are_set_and_read() =>
        Run(
            """
            kind: bitfields
            bitfields:
              - name: AcmeByte
                size: 8
                bits: [{ bit: 0, name: Enabled }, { bits: 4-6, name: Channel }]
              - name: AcmeWord
                size: 16
                bits: [{ bits: 0-15, name: Number }]
              - name: AcmePointer
                size: 64
                bits: [{ bits: 12-51, name: Address, in-place: true }, { bits: 52-63, name: Tag }, { bits: 0-11, name: Low }]
            """,
            """
            var bits = new AcmeByte(0x88) with { Enabled = true, Channel = 7 };
            Equal(0xF9, bits.Value);
            Equal(true, bits.Enabled);
            Equal(7u, bits.Channel);
            Equal(0x89, (bits with { Channel = 0 }).Value);
            Equal(0x06, (~bits).Value);
            Equal(0x01, (bits & new AcmeByte(0x07)).Value);
            Equal(0xFF, (bits | new AcmeByte(0x06)).Value);
            Equal(true, bits == (AcmeByte)0xF9 && bits != default(AcmeByte));
            Equal("Enabled, Channel=0x7, 0x88", bits.ToString());
            Throws(() => bits with { Channel = 8 });
            Equal(0xFFFE, (~new AcmeWord(1)).Value);
            Equal(0xABCD, (new AcmeWord(0) with { Number = 0xABCD }).Value);
            var pointer = new AcmePointer(0) with { Address = 0xFEDCBA987000, Tag = 0xFFF, Low = 0x123 };
            Equal(0xFFF0FEDCBA987123, pointer.Value);
            Equal(0xFEDCBA987000UL, pointer.Address);
            Equal(0xFFFu, pointer.Tag);
            Throws(() => pointer with { Address = 0x800 });
            """
        );

    [Fact]
    public void Built_in_types_in_namespaces_of_their_own_are_named_by_own_specs() =>
        Run(
            """
            kind: kvm-structs
            structs:
              - name: acme_key
                size: 24
                members:
                  - { name: argument, type: struct kvm_s390_keyop }
                  - { name: operation, type: __u64, enum: KvmArmSeaFlags }
            """,
            """
            var key = new AcmeKey { Argument = new VmcsGen.Kvm.S390.KvmS390Keyop { Key = 3 }, Operation = VmcsGen.Kvm.Arm64.KvmArmSeaFlags.GpaValid };
            Equal((byte)3, key.Argument.Key);
            Equal(1ul, (ulong)key.Operation);
            """
        );

    [Fact]
    public void Own_fields_are_read_and_written_on_any_VMCS() =>
        Run(
            """
            kind: vmcs-fields
            fields:
              - { name: AcmeIndex, encoding: 0x0070 }
              - { name: AcmeBase, encoding: 0x6870 }
              - { name: AcmeReason, encoding: 0x4470 }
            """,
            """
            var vmcs = new Vmcs<Memory>(new Memory(new()));
            vmcs.AcmeIndex = 0xFFFF;
            vmcs.AcmeBase = nuint.MaxValue;
            Equal((ushort)0xFFFF, vmcs.AcmeIndex);
            Equal(nuint.MaxValue, vmcs.AcmeBase);
            Equal(0UL, vmcs.Access.Read(VmcsField.AcmeReason));
            Equal(0x4470u, (uint)VmcsField.AcmeReason);
            Equal("AcmeIndex, AcmeReason, AcmeBase", string.Join(", ", AcmeVmcsFields.All.ToArray().Select(f => f.Name)));
            Equal(false, typeof(AcmeVmcsFields).GetMethods().Any(m => m.Name == "set_AcmeReason"));
            """,
            """
            internal readonly struct Memory(Dictionary<VmcsField, ulong> values) : IVmcsAccess
            {
                public ulong Read(VmcsField field) => values.GetValueOrDefault(field);
                public void Write(VmcsField field, ulong value) => values[field] = value;
                public VmxResult TryRead(VmcsField field, out ulong value) { value = Read(field); return VmxResult.Success; }
                public VmxResult TryWrite(VmcsField field, ulong value) { Write(field, value); return VmxResult.Success; }
            }
            """
        );

    [Fact]
    public void Own_fields_have_names_wherever_built_in_ones_have() =>
        Run(
            """
            kind: vmcs-fields
            fields:
              - { name: AcmeLast, encoding: 0x2F3E, linux: ACME_LAST }
              - { name: AcmeFirst, encoding: 0x2F3C }
            """,
            """
            Equal("AcmeFirst (0x2F3C)", VmcsFields.NameOf(VmcsField.AcmeFirst));
            Equal("AcmeLast (high half) (0x2F3F)", VmcsFields.NameOf((VmcsField)0x2F3F));
            Equal(true, VmcsFields.TryFind("acme_last", out var found) && found.Field == VmcsField.AcmeLast);
            Equal("AcmeFirst, AcmeLast", string.Join(", ", VmcsFields.Added.ToArray().Where(f => f.Name.StartsWith("Acme") && (uint)f.Field is 0x2F3C or 0x2F3E).Select(f => f.Name)));
            var image = Vmcs12Image.Create();
            try { _ = image.Vmcs.AcmeFirst; }
            catch (VmxException e) { Equal(true, e.Message.StartsWith("VMREAD of AcmeFirst (0x2F3C) failed")); return; }
            throw new InvalidOperationException("A vmcs12 has the field.");
            """
        );

    [Fact]
    public void Own_layout_stores_the_built_in_fields_at_its_offsets() =>
        Run(
            """
            kind: layouts
            layouts:
              - name: AcmePage
                size: 64
                revision: 0x12345678
                fields:
                  - { offset: 0, name: Mark, type: uint }
                  - { offset: 9, field: GuestRip }
                  - { offset: 17, field: GuestCsSelector }
            """,
            """
            var image = AcmePageImage.Create();
            var vmcs = image.Vmcs;
            vmcs.GuestRip = unchecked((nuint)0x1122334455667788);
            vmcs.GuestCsSelector = 0x10;
            Equal(64, Unsafe.SizeOf<AcmePage>());
            Equal(0x12345678u, image.Page.Mark);
            Equal(0x1122334455667788UL, image.Page.GuestRip);
            Equal("8877665544332211" + "1000", Convert.ToHexString(image.Bytes.Slice(9, 10)));
            Equal(true, image.TryRead(VmcsField.GuestRsp, out _) == VmxResult.FailValid(VmInstructionError.UnsupportedVmcsComponent));
            Equal(0x1122334455667788UL, AcmePageImage.FromBytes(image.Bytes).Page.GuestRip);
            Throws(() => AcmePageImage.FromBytes(new byte[65]));
            """
        );

    [Fact]
    public void Members_of_any_C_type_are_read_and_written_where_C_has_them() =>
        Run(
            """
            kind: kvm-structs
            structs:
              - name: acme_packet
                size: 28
                packed: true
                members:
                  - { name: kind, type: __u8 }
                  - { name: length, type: __be32 }
                  - { name: ports, type: "__be16[2]" }
                  - { name: skew, type: unsigned int, bits: 3 }
                  - { name: wide, type: __u64, bits: 64 }
                  - { name: delta, type: int, bits: 5 }
                  - { name: urgent, type: __u32, bits: 1, flag: true }
                  - { type: __u8, bits: 0 }
                  - { name: ready, type: bool }
                  - { name: next, type: struct acme_packet * }
            """,
            """
            var packet = new AcmePacket { Kind = 1, Length = 0x01020304, Wide = 0x8877665544332211, Delta = -16, Urgent = true, Ready = true };
            packet.Ports[1] = 0x1234;
            packet.Next = 0x55;
            Equal("01" + "01020304" + "00001234" + "88109921AA32BB43" + "84" + "01", Convert.ToHexString(Bytes(in packet)[..19]));
            Equal(0x01020304u, (uint)packet.Length);
            Equal(true, packet.Length == 0x01020304);
            Equal((ushort)0x1234, (ushort)packet.Ports[1]);
            Equal("1020304", $"{packet.Length:X}");
            Equal(0x8877665544332211, packet.Wide);
            Equal(0u, packet.Skew);
            Equal(-16, packet.Delta);
            Equal(true, packet.Urgent);
            packet.Urgent = false;
            packet.Skew = 7;
            packet.Wide = 0;
            Equal(-16, packet.Delta);
            Equal(7u, packet.Skew);
            packet.Delta = 15;
            Equal(15, packet.Delta);
            Equal(0ul, packet.Wide);
            Throws(() => packet.Delta = 16);
            Throws(() => packet.Delta = -17);
            Throws(() => packet.Skew = 8);
            """
        );

    [Fact]
    public void Flexible_arrays_are_counted_as_the_spec_says() =>
        Run(
            """
            kind: kvm-structs
            structs:
              - name: acme_rows
                size: 4
                members:
                  - { name: bytes, type: __be32 }
                  - { name: rows, type: "__u8[][6]", count: bytes, counts: bytes }
              - name: acme_small
                size: 1
                members:
                  - { name: bytes, type: __u8 }
                  - { name: rows, type: "__u8[][4]", count: bytes, counts: bytes }
              - name: acme_all
                size: 8
                members:
                  - { name: argsz, type: int }
                  - { name: flags, type: __u32 }
                  - union:
                      - { name: words, type: "__u16[]", count: argsz, counts: all-bytes }
                      - { name: longs, type: "__u64[]" }
              - name: acme_ring
                size: 16
                union:
                  - struct: [{ name: pad, type: "__u8[14]" }, { name: tail, type: __u16 }]
                  - { name: entries, type: "struct acme_rows[0]" }
            """,
            """
            var rows = new KvmBuffer<AcmeRows, AcmeRows.RowsRow>(3);
            Equal(18u, (uint)rows.Header.Bytes);
            rows.Entries[2][5] = 7;
            rows.Count = 2;
            Equal(12u, (uint)rows.Header.Bytes);
            Equal(2, rows.Entries.Length);
            var small = new KvmBuffer<AcmeSmall, AcmeSmall.RowsRow>(3);
            Equal(12, small.Header.Bytes);
            small.Header.Bytes = 9;
            Equal(2, small.Count);
            var words = new KvmBuffer<AcmeAll, ushort>(5);
            Equal(18, words.Header.Argsz);
            Equal(5, words.Count);
            words.Header.Argsz = 4;
            Equal(0, words.Count);
            words.Header.Argsz = -1;
            Equal(int.MaxValue, words.Count);
            Equal(2, new KvmBuffer<AcmeAll, ulong>(2).Entries.Length);
            Equal(4, new KvmBuffer<AcmeRing, AcmeRows>(4).Entries.Length);
            """
        );

    [Fact]
    public void Constants_have_the_values_of_their_expressions() =>
        Run(
            """
            kind: kvm-constants
            groups:
              - name: AcmeBits
                form: flags
                prefix: ACME_
                values:
                  - { name: ACME_READ, value: 1 << 0 }
                  - { name: ACME_WRITE, value: 1UL << 1 }
                  - { name: ACME_BOTH, value: (ACME_READ | ACME_WRITE) }
                  - { name: ACME_TOP, value: 1 << 31 }
                  - { name: ACME_ANY, value: ~0, overlaps: It is a mask. }
              - name: AcmeNumbers
                form: constants
                size: 64
                signed: true
                prefix: ACME_
                values:
                  - { name: ACME_BOTH, value: ACME_BOTH }
                  - { name: ACME_SIZE, value: 4 * (KVM_CAP_IRQCHIP - 1) + 'A' % 10 }
                  - { name: ACME_LEAST, value: -(1 << 62) * 2 }
                  - { name: ACME_CAST, value: (__u32)-1 / 0x10 }
                  - { name: ACME_LOW, value: 0xFF & ~0xF ^ 1 }
                  - { name: ACME_PATH, text: '/dev/"acme"\x' }
              - name: AcmeSmall
                form: enum
                size: 8
                signed: true
                values: [{ name: NONE, value: -1 }, { name: LEAST, value: 0x80 }, { name: KVM_CAP_HLT, value: KVM_CAP_HLT }]
            """,
            """
            Equal(3u, (uint)AcmeBits.Both);
            Equal(0x80000000, (uint)AcmeBits.Top);
            Equal(uint.MaxValue, (uint)AcmeBits.Any);
            Equal(3L, AcmeNumbers.Both);
            Equal(4L * ((int)KvmCapability.Irqchip - 1) + 5, AcmeNumbers.Size);
            Equal(long.MinValue, AcmeNumbers.Least);
            Equal(0xFFFFFFFL, AcmeNumbers.Cast);
            Equal(0xF1L, AcmeNumbers.Low);
            Equal("/dev/\"acme\"\\x", AcmeNumbers.Path);
            Equal((sbyte)-1, (sbyte)AcmeSmall.None);
            Equal((sbyte)-128, (sbyte)AcmeSmall.Least);
            Equal((int)KvmCapability.Hlt, (int)AcmeSmall.KvmCapHlt);
            """
        );

    private static void Run(string spec, string statements, string declarations = "")
    {
        var run = GeneratorRun.Of(new SpecText("acme.vmcs.yaml", spec));
        Assert.True(run.Diagnostics.Count == 0, string.Join('\n', run.Diagnostics));
        var consumer = run.Compile(
            RuntimeAssemblies.References,
            $$"""
            using System;
            using System.Collections.Generic;
            using System.Linq;
            using System.Runtime.CompilerServices;
            using VmcsGen.Kvm;
            using VmcsGen.Vmx;
            namespace Acme;

            internal static class Program
            {
                public static void Run()
                {
            {{statements}}
                }

                private static void Equal<T>(T expected, T actual, [CallerArgumentExpression(nameof(actual))] string what = "")
                {
                    if (!EqualityComparer<T>.Default.Equals(expected, actual))
                        throw new InvalidOperationException($"{what} is {actual}, not {expected}.");
                }

                private static byte[] Bytes<T>(in T value) where T : unmanaged =>
                    System.Runtime.InteropServices.MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)).ToArray();

                private static void Throws<T>(Func<T> action, [CallerArgumentExpression(nameof(action))] string what = "")
                {
                    try
                    {
                        action();
                    }
                    catch (ArgumentException)
                    {
                        return;
                    }
                    throw new InvalidOperationException($"{what} throws nothing.");
                }
            }

            {{declarations}}
            """
        );
        Assert.True(consumer.Problems.Count == 0, string.Join('\n', consumer.Problems));
        consumer.Load().GetType("Acme.Program")!.GetMethod("Run")!.Invoke(null, BindingFlags.DoNotWrapExceptions, null, null, null);
    }
}
