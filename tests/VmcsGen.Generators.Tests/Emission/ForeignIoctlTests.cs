using System;
using System.Linq;
using VmcsGen.Generators.Tests.Testing;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Emission;

/// <summary>Ioctls of descriptors that are not KVM's, on the C# types that specs name.</summary>
public class ForeignIoctlTests
{
    // Every Linux has pseudoterminals, for everyone.
    private const string Terminal = """
        kind: kvm-ioctls
        header: asm-generic/ioctls.h
        type: 'T'
        ioctls:
          - { name: TIOCSPTLCK, number: 0x31, direction: write, descriptor: SafeFileHandle, argument: int, parameter: locked, request: 0x40045431 }
          - { name: TIOCGPTN, number: 0x30, direction: read, descriptor: [SafeFileHandle, Pseudoterminal], argument: unsigned int, parameter: number, request: 0x80045430, errors: { ENOTTY: This is no pseudoterminal. } }
          - { name: TIOCGPTPEER, number: 0x41, direction: none, descriptor: Pseudoterminal, argument: int, takes: value, parameter: flags, returns: Handles.PeerHandle, request: 0x5441, errors: { EIO: The master is locked. } }
          - { name: TIOCMGET, number: 0x15, direction: none, descriptor: SafeFileHandle, argument: int, takes: out, parameter: bits }
        """;

    private const string Types = """
        using System;
        using System.IO;
        using System.Runtime.InteropServices;
        using Microsoft.Win32.SafeHandles;
        using VmcsGen.Kvm.Interop;

        namespace Acme
        {
            internal sealed class Pseudoterminal : IDescriptorOwner, IDisposable
            {
                private readonly SafeFileHandle _handle = File.OpenHandle("/dev/ptmx", FileMode.Open, FileAccess.ReadWrite);
                public SafeHandle Descriptor => _handle;
                public SafeFileHandle Handle => _handle;
                public void Dispose() => _handle.Dispose();
            }
        }

        namespace Acme.Handles
        {
            internal sealed class PeerHandle : SafeHandleZeroOrMinusOneIsInvalid
            {
                internal PeerHandle() : base(ownsHandle: true) { }
                public int Number => (int)handle;
                protected override bool ReleaseHandle()
                {
                    new SafeFileHandle(handle, ownsHandle: true).Dispose();
                    return true;
                }
            }
        }
        """;

    [Fact]
    public void Ioctls_are_methods_of_a_handle_and_of_a_class_and_give_typed_handles() =>
        Run(
            """
            using var terminal = new Pseudoterminal();
            terminal.Tiocgptn(out var number);
            terminal.Handle.Tiocgptn(out var same);
            Equal(number, same);
            terminal.Handle.Tiocsptlck(0);
            using (Acme.Handles.PeerHandle peer = terminal.Tiocgptpeer(2))
                Equal($"/dev/pts/{number}", System.IO.File.ResolveLinkTarget($"/proc/self/fd/{peer.Number}", false)!.FullName);
            """
        );

    [Fact]
    public void Failures_name_the_ioctl_what_it_was_about_and_what_the_spec_says() =>
        Run(
            """
            using var terminal = new Pseudoterminal();
            terminal.Handle.Tiocsptlck(1);
            Equal("TIOCGPTPEER (flags 2) failed: EIO (input/output error). The master is locked.", Message(() => terminal.Tiocgptpeer(2)));
            using var none = System.IO.File.OpenHandle("/dev/null");
            Equal("TIOCGPTN failed: ENOTTY (the descriptor does not know this ioctl). This is no pseudoterminal.", Message(() => none.Tiocgptn(out _)));
            Equal(
                "TIOCMGET failed: ENOTTY (the descriptor does not know this ioctl). The descriptor is not one that the ioctl is for, or this kernel does not offer it.",
                Message(() => none.Tiocmget(out _))
            );
            none.Dispose();
            try { none.Tiocgptn(out _); } catch (ObjectDisposedException) { return; }
            throw new InvalidOperationException("A closed handle is used.");
            """
        );

    [Fact]
    public void What_is_known_of_each_ioctl_is_listed() =>
        Run(
            """
            Equal("TIOCSPTLCK (0x40045431), TIOCGPTN (0x80045430), TIOCGPTPEER (0x00005441), TIOCMGET (0x00005415)", string.Join(", ", AcmeIoctls.All.ToArray().Select(ioctl => ioctl.ToString())));
            Equal("The master is locked.", AcmeIoctls.All[2].Errors["EIO"]);
            """
        );

    [Theory]
    [InlineData(
        "descriptor: SafeFileHandel",
        "there is no C# type 'SafeFileHandel' that the project's code sees: if it lies elsewhere, write its namespace in front"
    )]
    [InlineData(
        "descriptor: Other.Pseudoterminal",
        "there is no C# type 'Other.Pseudoterminal' that the project's code sees: if it lies elsewhere, write its namespace in front"
    )]
    [InlineData("descriptor: System.String", "'System.String' is neither a SafeHandle nor an IDescriptorOwner, so it has no descriptor")]
    [InlineData(
        "descriptor: SafeFileHandle, returns: Pseudoterminal",
        "'Pseudoterminal' is no SafeHandle, so it cannot own a new descriptor"
    )]
    [InlineData(
        "descriptor: SafeFileHandle, returns: System.Runtime.InteropServices.SafeBuffer",
        "'System.Runtime.InteropServices.SafeBuffer' has no constructor without parameters that the project's code sees"
    )]
    public void Type_that_does_not_fit_is_reported(string facts, string message)
    {
        var run = RunOn($"kind: kvm-ioctls\nioctls:\n  - {{ name: FIRST, number: 1, direction: none, {facts} }}\n");
        var diagnostic = Assert.Single(run.Diagnostics);
        Assert.Equal($"'FIRST': {message}", diagnostic.GetMessage());
        Assert.Equal(2, diagnostic.Location.GetLineSpan().StartLinePosition.Line);
        Assert.Empty(run.Compile([]).Problems);
    }

    [Fact]
    public void Internal_type_has_no_public_method()
    {
        var run = RunOn(
            "kind: kvm-ioctls\nvisibility: public\nioctls:\n  - { name: FIRST, number: 1, direction: none, descriptor: Pseudoterminal }\n"
        );
        Assert.Equal(
            "'FIRST': 'Pseudoterminal' is internal, and its method would be public: make the type public, or state 'visibility: internal'",
            Assert.Single(run.Diagnostics).GetMessage()
        );
    }

    [Fact]
    public void Members_of_the_type_do_not_stand_in_the_way_of_the_call()
    {
        var run = GeneratorRun
            .Of(
                new SpecText(
                    "acme.yaml",
                    "kind: kvm-ioctls\nioctls: [{ name: ACME_A, number: 1, direction: none, descriptor: [OddHandle, OddOwner] }]\n"
                )
            )
            .WithReferences(RuntimeAssemblies.References)
            .WithCSharp(
                """
                using System;
                using System.Runtime.InteropServices;
                using VmcsGen.Kvm.Interop;

                namespace Acme;

                internal sealed class OddHandle() : SafeHandle(-1, true)
                {
                    public override bool IsInvalid => true;
                    protected override bool ReleaseHandle() => true;
                    public void UnsafeIoctl(IoctlInfo ioctl, nuint value) => throw new NotSupportedException();
                }

                internal sealed class OddOwner : IDescriptorOwner
                {
                    public string Descriptor => "";
                    SafeHandle IDescriptorOwner.Descriptor => new OddHandle();
                }
                """
            );
        Assert.Empty(run.Diagnostics);
        Assert.Contains("((SafeHandle)target).UnsafeIoctl", run.Source("AcmeIoctlsOnOddHandle.g.cs"), StringComparison.Ordinal);
        Assert.Contains("((IDescriptorOwner)target).Descriptor", run.Source("AcmeIoctlsOnOddOwner.g.cs"), StringComparison.Ordinal);
        Assert.Empty(run.Compile([]).Problems);
    }

    [Theory]
    [InlineData("descriptor: OddRef", "neither a SafeHandle nor an IDescriptorOwner")]
    [InlineData("descriptor: vm, returns: OddNew", "has no constructor without parameters")]
    public void Type_that_emitted_code_cannot_use_is_refused(string keys, string message)
    {
        var run = GeneratorRun
            .Of(new SpecText("acme.yaml", $"kind: kvm-ioctls\nioctls: [{{ name: ACME_A, number: 1, direction: none, {keys} }}]\n"))
            .WithReferences(RuntimeAssemblies.References)
            .WithCSharp(
                """
                namespace Acme;

                internal ref struct OddRef : VmcsGen.Kvm.Interop.IDescriptorOwner
                {
                    public System.Runtime.InteropServices.SafeHandle Descriptor => null!;
                }

                internal sealed class OddNew() : System.Runtime.InteropServices.SafeHandle(-1, true)
                {
                    public required int Number { get; init; }
                    public override bool IsInvalid => true;
                    protected override bool ReleaseHandle() => true;
                }
                """
            );
        Assert.Contains(message, Assert.Single(run.Diagnostics).GetMessage(), StringComparison.Ordinal);
    }

    [Fact]
    public void Name_that_the_type_has_already_is_taken()
    {
        var run = RunOn(
            "kind: kvm-ioctls\nioctls:\n  - { name: CLOSE, number: 1, direction: none, descriptor: SafeFileHandle, csharp: Close }\n"
        );
        Assert.Equal(
            "The name 'Close' is already taken by SafeFileHandle.Close, which would be called in its place: choose another with 'csharp'",
            Assert.Single(run.Diagnostics).GetMessage()
        );
    }

    [Fact]
    public void Type_that_appears_in_the_project_is_found_and_other_changes_emit_nothing_anew()
    {
        var run = GeneratorRun.Of(new SpecText("acme.vmcs.yaml", Terminal)).WithReferences(RuntimeAssemblies.References).WithSteps();
        Assert.Contains("there is no C# type 'Pseudoterminal'", run.Diagnostics[0].GetMessage(), StringComparison.Ordinal);

        run = run.WithCSharp(Types);
        Assert.Empty(run.Diagnostics);
        run = run.WithCSharp("class Unrelated;");
        Assert.All(run.Outputs, static o => Assert.Equal(Microsoft.CodeAnalysis.IncrementalStepRunReason.Cached, o.Reason));
    }

    private static GeneratorRun RunOn(string spec) =>
        GeneratorRun.Of(new SpecText("acme.vmcs.yaml", spec)).WithReferences(RuntimeAssemblies.References).WithCSharp(Types);

    private static void Run(string statements)
    {
        var run = RunOn(Terminal);
        Assert.Empty(run.Diagnostics);
        var consumer = run.Compile(
            [],
            $$"""
            using System;
            using System.Collections.Generic;
            using System.Linq;
            using System.Runtime.CompilerServices;
            using VmcsGen.Kvm;

            namespace Acme;

            internal static class Program
            {
                public static void Run()
                {
                    {{statements}}
                }

                private static string Message(Action call)
                {
                    try
                    {
                        call();
                    }
                    catch (SystemCallException e) when (e is not KvmException)
                    {
                        return e.Message;
                    }
                    return "nothing";
                }

                private static void Equal<T>(T expected, T actual)
                {
                    if (!EqualityComparer<T>.Default.Equals(expected, actual))
                        throw new InvalidOperationException($"{actual} is not {expected}.");
                }
            }
            """
        );
        Assert.Empty(consumer.Problems);
        consumer.Load().GetType("Acme.Program")!.GetMethod("Run")!.Invoke(null, null);
    }
}
