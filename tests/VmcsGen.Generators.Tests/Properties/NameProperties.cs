using System;
using System.Linq;
using CsCheck;
using VmcsGen.Generators.Names;
using Xunit;

namespace VmcsGen.Generators.Tests.Properties;

public class NameProperties
{
    private static readonly Gen<string> Word = Gen.String[Gen.Char["abcdefghijklmnopqrstuvwxyz0123456789"], 1, 6];
    private static readonly Gen<string[]> Words = Word.Array[1, 5];

    [Fact]
    public void Words_are_joined_with_capitals() =>
        Words.Sample(static words =>
            Assert.Equal(
                string.Concat(words.Select(static w => char.ToUpperInvariant(w[0]) + w[1..])),
                CSharpNames.Pascal(string.Join('_', words))
            )
        );

    [Fact]
    public void Case_of_the_native_name_does_not_matter() =>
        Words.Sample(static words =>
        {
            var native = string.Join('_', words);
            Assert.Equal(CSharpNames.Pascal(native), CSharpNames.Pascal(native.ToUpperInvariant()));
        });

    [Fact]
    public void One_word_in_Pascal_case_stays_as_it_is() =>
        Word.Sample(static word => Assert.Equal(CSharpNames.Pascal(word), CSharpNames.Pascal(CSharpNames.Pascal(word))));

    [Fact]
    public void Any_text_gives_letters_and_digits_only() =>
        Gen.String.Sample(static text => Assert.All(CSharpNames.Pascal(text), static c => Assert.True(char.IsAsciiLetterOrDigit(c))));

    [Fact]
    public void Result_that_begins_with_a_letter_is_a_name() =>
        Words
            .Where(static words => char.IsAsciiLetter(words[0][0]))
            .Sample(static words => Assert.True(CSharpNames.IsIdentifier(CSharpNames.Pascal(string.Join('_', words)))));

    [Fact]
    public void Prefix_is_removed_once_and_only_at_the_beginning() =>
        Words.Sample(static words =>
        {
            var native = string.Join('_', words);
            Assert.Equal(CSharpNames.Pascal(native), CSharpNames.Pascal("KVM_" + native, "KVM_"));
            Assert.Equal(CSharpNames.Pascal(native), CSharpNames.Pascal(native, "KVM_"));
        });

    [Fact]
    public void Names_are_what_the_C_language_allows() =>
        Gen.String[Gen.Char["ab_09 -.é"], 0, 8]
            .Sample(static text =>
                Assert.Equal(
                    text.Length > 0 && !char.IsDigit(text[0]) && text.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_'),
                    CSharpNames.IsNative(text)
                )
            );

    [Theory]
    [InlineData("KVM_CAP_X86_SMM", "KVM_CAP_", "X86Smm")]
    [InlineData("kvm_cpuid_entry2", "", "KvmCpuidEntry2")]
    [InlineData("guest_phys_addr", "", "GuestPhysAddr")]
    [InlineData("base", "", "Base")]
    public void Known_names(string native, string prefix, string csharp) => Assert.Equal(csharp, CSharpNames.Pascal(native, prefix));
}
