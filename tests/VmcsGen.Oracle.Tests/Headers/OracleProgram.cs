using System;
using System.Collections.Generic;
using System.Text;

namespace VmcsGen.Oracle.Tests.Headers;

/// <summary>A C program that prints every size, offset and number that it was asked for, one a line.</summary>
internal sealed class OracleProgram(string includes)
{
    private readonly StringBuilder _body = new();

    public string Text =>
        $$"""
            {{includes}}
            #include <stddef.h>
            #include <stdio.h>
            #include <string.h>

            #define TYPE(keyword, tag) \
                printf("struct\t" #tag "\t%zu\t%zu\n", sizeof(keyword tag), _Alignof(keyword tag));
            #define MEMBER(keyword, tag, path, member) \
                printf("member\t" #tag "\t%s\t%zu\t%zu\n", path, offsetof(keyword tag, member), sizeof(((keyword tag *)0)->member));
            #define FLEXIBLE(keyword, tag, path, member) \
                printf("flexible\t" #tag "\t%s\t%zu\t%zu\n", path, offsetof(keyword tag, member), sizeof(((keyword tag *)0)->member[0]));
            #define BITS(keyword, tag, path, member) \
                { \
                    keyword tag value; \
                    memset(&value, 0, sizeof value); \
                    value.member = -1; \
                    printf("bits\t" #tag "\t%s\t", path); \
                    for (size_t i = 0; i < sizeof value; i++) \
                        printf("%02X", ((unsigned char *)&value)[i]); \
                    printf("\n"); \
                }
            #define NUMBER(name) \
                if ((name) < 0) \
                    printf("number\t" #name "\t%lld\n", (long long)(name)); \
                else \
                    printf("number\t" #name "\t%llu\n", (unsigned long long)(name));

            int main(void)
            {
            {{_body}}    return 0;
            }

            """;

    public void Ask(HeaderStruct type)
    {
        Line($"TYPE({type.Keyword}, {type.Tag})");
        foreach (var (path, kind) in type.Members)
        {
            var macro = kind switch
            {
                MemberKind.Flexible => "FLEXIBLE",
                MemberKind.BitField => "BITS",
                _ => "MEMBER",
            };
            // An array's first element stands for all.
            Line($"{macro}({type.Keyword}, {type.Tag}, \"{path}\", {path.Replace("[]", "[0]", StringComparison.Ordinal)})");
        }
    }

    public void Ask(IEnumerable<string> numbers)
    {
        foreach (var name in numbers)
            Line($"NUMBER({name})");
    }

    /// <summary>Compiles and runs the program.</summary>
    public IEnumerable<string[]> Run(ScratchDirectory directory)
    {
        var source = directory.Write("oracle.c", Text);
        var program = directory.Path("oracle");
        Tools.Run("gcc", "-w", source, "-o", program);
        foreach (var line in Tools.Run(program).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            yield return line.Split('\t');
    }

    private void Line(string text) => _body.Append("    ").Append(text).Append('\n');
}
