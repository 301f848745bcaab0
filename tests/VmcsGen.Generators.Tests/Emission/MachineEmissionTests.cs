using System;
using System.Linq;
using VmcsGen.Generators.Tests.Testing;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Emission;

/// <summary>Specs about other machines than x86-64.</summary>
public class MachineEmissionTests
{
    private static readonly SpecText Shared = new(
        "shared.vmcs.yaml",
        """
        kind: kvm-structs
        architecture: any
        namespace: Acme.Here
        structs:
          - name: acme_state
            size: 24
            members:
              - { name: address, type: void * }
              - { name: level, type: __u32 }
              - { name: ready, type: __u8, bits: 1 }
              - { name: mode, type: __u8, bits: 3 }
              - { name: tail, type: __u64, architecture: x86-64 }
          - name: acme_regs_of_all
            size: 8
            members:
              - { name: regs, type: struct acme_regs }
        """
    );

    private static readonly SpecText Own = new(
        "own.vmcs.yaml",
        """
        kind: kvm-structs
        architecture: s390x
        structs:
          - name: acme_regs
            size: 16
            members:
              - { name: gprs, type: "unsigned long[2]" }
          - name: kvm_regs
            size: 0
            members: []
        """
    );

    private static readonly SpecText Ioctls = new(
        "own-ioctls.vmcs.yaml",
        """
        kind: kvm-ioctls
        architecture: any
        type: A
        ioctls:
          - { name: ACME_RUN, number: 1, direction: none, descriptor: vcpu }
          - { name: ACME_GET_STATE, number: 2, direction: read, descriptor: vcpu, argument: struct acme_state }
          - { name: ACME_SET_REGS, number: 3, direction: write, descriptor: vcpu, argument: struct kvm_regs, request: 0x40904103 }
        """
    );

    [Fact]
    public void Each_machine_has_its_namespace_and_its_order_of_bytes()
    {
        var run = GeneratorRun.For("arm64,s390x", null, Shared, Own);

        Assert.Empty(run.Diagnostics);
        var (arm, ibm) = (run.Source("Arm64.AcmeState.g.cs"), run.Source("S390x.AcmeState.g.cs"));
        Assert.Contains("namespace Acme.Arm64;", arm, StringComparison.Ordinal);
        Assert.Contains("public ulong Address;", arm, StringComparison.Ordinal);
        Assert.Contains("public uint Level;", arm, StringComparison.Ordinal);
        Assert.Contains("namespace Acme.S390x;", ibm, StringComparison.Ordinal);
        Assert.Contains("public BigEndian<ulong> Address;", ibm, StringComparison.Ordinal);
        Assert.Contains("public BigEndian<uint> Level;", ibm, StringComparison.Ordinal);
        Assert.Contains("Size = 16)", ibm, StringComparison.Ordinal);
        Assert.Contains("BigEndian<ulong> _element0;", run.Source("S390x.AcmeRegs.g.cs"), StringComparison.Ordinal);
    }

    [Fact]
    public void Bit_fields_of_a_big_endian_machine_begin_at_the_highest_bit()
    {
        var source = GeneratorRun.For("s390x", null, Shared, Own).Source("S390x.AcmeState.g.cs");

        Assert.Contains("(byte)(((uint)_u8At12 >> 7) & 0x1U)", source, StringComparison.Ordinal);
        Assert.Contains("(byte)(((uint)_u8At12 >> 4) & 0x7U)", source, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_machine_lacks_is_left_out_and_an_empty_struct_has_no_type()
    {
        var run = GeneratorRun.For("arm64,s390x", null, Shared, Own);

        Assert.Equal(
            ["Arm64.AcmeState.g.cs", "S390x.AcmeRegs.g.cs", "S390x.AcmeRegsOfAll.g.cs", "S390x.AcmeState.g.cs"],
            run.Sources.Select(static source => source.Hint)
        );
    }

    [Fact]
    public void A_project_for_this_machine_and_another_has_both()
    {
        var run = GeneratorRun.For(
            "x86-64,s390x",
            null,
            new SpecText(Shared.Path, Shared.Text.Replace("struct acme_regs", "__u64", StringComparison.Ordinal))
        );

        Assert.Empty(run.Diagnostics);
        Assert.Contains("namespace Acme.Here;", run.Source("AcmeState.g.cs"), StringComparison.Ordinal);
        Assert.Contains("public nuint Address;", run.Source("AcmeState.g.cs"), StringComparison.Ordinal);
        Assert.Contains("namespace Acme.S390x;", run.Source("S390x.AcmeState.g.cs"), StringComparison.Ordinal);
    }

    // asm-generic/ioctl.h and arch/powerpc/include/uapi/asm/ioctl.h.
    [Theory]
    [InlineData("s390x", "ACME_RUN = 0x00004101", "ACME_GET_STATE = 0x80104102", "ACME_SET_REGS = 0x40004103")]
    [InlineData("ppc64le", "ACME_RUN = 0x20004101", "ACME_GET_STATE = 0x40104102", null)]
    public void Ioctls_have_the_numbers_of_the_machine(string machine, params string?[] expected)
    {
        var run = GeneratorRun.For(machine, null, Shared, Own, Ioctls);

        var source = run.Sources.Single(static source => source.Text.Contains("ACME_RUN", StringComparison.Ordinal)).Text;
        Assert.All(expected.OfType<string>(), line => Assert.Contains(line, source, StringComparison.Ordinal));
        Assert.DoesNotContain("KvmVcpu", string.Concat(run.Sources.Select(static one => one.Text)), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_emitted_compiles()
    {
        var run = GeneratorRun.For("arm64,riscv64,s390x,ppc64le", null, Shared, Own, Ioctls);
        var program = run.CompileProgram(
            RuntimeAssemblies.References,
            "using Acme.S390x; var state = new AcmeState { Address = 1, Ready = 1 }; ulong back = state.Address; System.Console.WriteLine(back);"
        );

        Assert.Empty(program.Errors);
    }

    [Fact]
    public void A_file_about_a_machine_that_the_project_is_not_for_is_told()
    {
        var run = GeneratorRun.Of(Own);

        var mistake = Assert.Single(run.Diagnostics);
        Assert.Equal("VMCS0024", mistake.Id);
        Assert.Contains("VmcsGenArchitectures", mistake.GetMessage(), StringComparison.Ordinal);
        Assert.Equal(1, mistake.Location.GetLineSpan().StartLinePosition.Line);
        Assert.Empty(run.Sources);
    }

    [Fact]
    public void An_unknown_machine_is_told()
    {
        var file = GeneratorRun.Of(new SpecText(Own.Path, Own.Text.Replace("s390x", "s390", StringComparison.Ordinal)));
        var project = GeneratorRun.For("arm64,vax", null, Own);

        Assert.Contains("Did you mean 's390x'?", Assert.Single(file.Diagnostics).GetMessage(), StringComparison.Ordinal);
        Assert.Contains("'vax'", Assert.Single(project.Diagnostics).GetMessage(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_bit_field_in_several_bytes_of_a_big_endian_machine_is_told()
    {
        var run = GeneratorRun.For(
            "s390x",
            null,
            new SpecText(
                "wide.vmcs.yaml",
                """
                kind: kvm-structs
                architecture: s390x
                structs:
                  - name: acme_wide
                    size: 8
                    members:
                      - { name: low, type: __u64, bits: 4 }
                      - { name: wide, type: __u64, bits: 12 }
                """
            )
        );

        Assert.Contains("'wide' lies in 2 bytes", Assert.Single(run.Diagnostics).GetMessage(), StringComparison.Ordinal);
    }
}
