using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using VmcsGen.Generators.Model;
using VmcsGen.Oracle.Tests.Headers;
using VmcsGen.Testing;
using VmcsGen.Tool.Clang;
using VmcsGen.Tool.Comparison;
using VmcsGen.Tool.Headers;
using VmcsGen.Tool.Import;
using VmcsGen.Tool.SpecTexts;

namespace VmcsGen.Tool.Tests.Import;

/// <summary>The import of KVM's headers into the specs of the repository.</summary>
internal static class KvmImport
{
    public static readonly HeaderSet Headers = new(["linux/kvm.h", "asm/kvm.h"]);

    // Some macros are in terms of what only the kernel itself defines.
    public static readonly string[] Definitions = ["PAGE_SIZE=4096", "SZ_64K=65536"];

    public static readonly ClangTarget Target = new(ClangTarget.X64, [], Definitions);

    private static readonly Lazy<CInterface> s_header = new(static () => HeaderReader.Read(Headers, Target));

    public static string Folder { get; } = Path.Combine(RuntimeSources.Root, "spec", "kvm");

    /// <summary>What the headers of this machine declare.</summary>
    public static CInterface Header
    {
        get
        {
            Tools.RequireOrSkip();
            return s_header.Value;
        }
    }

    public static SpecSet Specs { get; } = SpecSet.Read(Folder, Architecture.X64);

    public static LeftOut LeftOut { get; } = LeftOut.Of(Folder, Architecture.X64);

    public static ImportResult Import(SpecSet specs) => Import(specs, Header, Target);

    public static ImportResult Import(SpecSet specs, CInterface header, ClangTarget target) =>
        Importer.Run(header, Headers, target, specs, LeftOut, new NewFiles(Folder, isPublic: true, target.Architecture));

    /// <summary>The words of a command line that names these headers.</summary>
    public static string[] CommandLine(params string[] words) =>
        [words[0], .. Headers.Names, .. Definitions.SelectMany(static one => new[] { "--define", one }), .. words[1..]];

    /// <summary>Files that are not as they were, by their names.</summary>
    public static IEnumerable<string> Changed(SpecSet before, SpecSet after)
    {
        var old = before.Files.ToDictionary(static file => file.Path, static file => file.Text);
        return after.Files.Where(file => old.GetValueOrDefault(file.Path) != file.Text).Select(static file => file.Path);
    }
}
