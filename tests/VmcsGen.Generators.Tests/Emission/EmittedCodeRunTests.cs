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
