using System;
using System.IO;
using System.Text.Json.Nodes;
using VmcsGen.Tool;

namespace VmcsGen.Facts;

/// <summary>What the command line makes.</summary>
internal static class FactsCommand
{
    private const string Usage = """
        say what to make:
          kvm KERNEL FOLDER...              KVM's interface, of headers in folders as gcc takes them with -I: kvm "Linux 6.12" usr/include
          arch ARCHITECTURE KERNEL CC1 FOLDER...   the same of another machine, by gcc's program cc1 for it: arch arm64 "Linux 6.12" cc1 usr/include
          vmcs12 FILE KEY NAME MODULE KERNEL   FILE with the layout KEY of vmcs12 as a kvm-intel.ko and its vmlinux have it; NAME is the kernel's
          evmcs FILE NAME MODULE KERNEL     FILE with the members of the enlightened VMCS as they have it
          bochs MODEL...                    the encodings of VMCS fields that processors of Bochs accept
          since [FILE] RELEASE=FOLDER...    in which of these kernels each name of KVM's interface is first, the oldest kernel first; FILE has
                                            the record of older ones
        """;

    /// <summary>Makes the text of a file.</summary>
    public static string Run(string[] words) =>
        FactsText.Of(
            words switch
            {
                ["kvm", var kernel, .. { Length: > 0 } folders] => KvmRecord.Of(kernel, folders),
                ["arch", var architecture, var kernel, var compiler, .. { Length: > 0 } folders] => ArchitectureRecord.Of(
                    architecture,
                    kernel,
                    compiler,
                    folders
                ),
                ["bochs", .. { Length: > 0 } models] => BochsRecord.Of(models),
                ["since", var file, .. { Length: > 0 } kernels] when !file.Contains('=', StringComparison.Ordinal) => ReleaseRecord.Of(
                    kernels,
                    Read(file)
                ),
                ["since", .. { Length: > 0 } kernels] => ReleaseRecord.Of(kernels),
                ["vmcs12", var file, var key, var name, var module, var kernel] => LayoutRecord.Vmcs12(
                    Read(file),
                    key,
                    name,
                    new(module, kernel)
                ),
                ["evmcs", var file, var name, var module, var kernel] => LayoutRecord.Enlightened(Read(file), name, new(module, kernel)),
                _ => throw new InputException(Usage),
            }
        );

    private static JsonObject Read(string file) => JsonNode.Parse(File.ReadAllText(file))!.AsObject();
}
