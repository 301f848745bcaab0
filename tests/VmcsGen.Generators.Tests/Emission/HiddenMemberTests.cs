using System.Globalization;
using System.Linq;
using VmcsGen.Generators.Tests.Testing;
using VmcsGen.Kvm;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Emission;

/// <summary>A member of a class comes before an extension of the same name, which would be there and never be called.</summary>
public class HiddenMemberTests
{
    public static TheoryData<string, string> Members
    {
        get
        {
            var members = new TheoryData<string, string>();
            foreach (
                var (word, type) in new[]
                {
                    ("system", typeof(KvmHost)),
                    ("vm", typeof(KvmVm)),
                    ("vcpu", typeof(KvmVcpu)),
                    ("device", typeof(KvmDevice)),
                }
            )
            {
                foreach (
                    var name in type.GetMembers()
                        .Where(static m => m is not System.Reflection.MethodBase { IsStatic: true } and not System.Type)
                        .Select(static m => m.Name)
                        .Distinct()
                )
                {
                    if (!name.Contains('.') && !name.Contains('_'))
                        members.Add(word, name);
                }
            }
            return members;
        }
    }

    [Theory]
    [MemberData(nameof(Members))]
    public void Ioctl_called_as_a_public_member_of_its_class_is_refused(string descriptor, string member)
    {
        var compiled = SpecCompiler.Compile([
            new SpecText(
                "acme.yaml",
                $"kind: kvm-ioctls\nioctls: [{{ name: KVM_ACME, number: 1, direction: none, descriptor: {descriptor}, csharp: {member} }}]\n"
            ),
        ]);
        Assert.Equal(["VMCS0009"], compiled.Mistakes);
        Assert.Empty(compiled.Sources);
    }

    [Fact]
    public void Message_names_the_member()
    {
        var run = GeneratorRun.In(
            RuntimeAssemblies.References,
            new SpecText("acme.yaml", "kind: kvm-ioctls\nioctls: [{ name: KVM_KICK, number: 1, direction: none, descriptor: vcpu }]\n")
        );
        Assert.Equal(
            "The name 'Kick' is already taken by KvmVcpu.Kick, which would be called in its place: choose another with 'csharp'",
            Assert.Single(run.Diagnostics).GetMessage(CultureInfo.InvariantCulture)
        );
    }

    [Fact]
    public void Field_called_as_a_member_of_every_VMCS_is_refused()
    {
        var compiled = SpecCompiler.Compile([
            new SpecText("acme.yaml", "kind: vmcs-fields\nfields: [{ name: Access, encoding: 0x4070 }]\n"),
        ]);
        Assert.Equal(["VMCS0009"], compiled.Mistakes);
    }
}
