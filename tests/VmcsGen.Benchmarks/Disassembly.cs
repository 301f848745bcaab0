using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using VmcsGen.Vmx;

namespace VmcsGen.Benchmarks;

/// <summary>
/// Prints the optimized machine code of the accessors. The JIT writes it itself when told to by its environment, so the
/// program starts itself a second time.
/// </summary>
internal static class Disassembly
{
    public const string WarmUp = "--run-the-accessors-until-they-are-optimized";

    public static int Print()
    {
        var listing = Path.GetTempFileName();
        try
        {
            var start = new ProcessStartInfo("dotnet", ["exec", typeof(Disassembly).Assembly.Location, WarmUp]);
            start.Environment["DOTNET_JitDisasm"] = $"{nameof(VmcsGen)}.{nameof(Benchmarks)}.{nameof(Accessors)}:*";
            start.Environment["DOTNET_JitStdOutFile"] = listing;
            start.Environment["DOTNET_JitDisasmDiffable"] = "1";
            start.Environment["DOTNET_TieredPGO"] = "0";
            // Without tiers there is one listing a method, and no waiting for the optimized one.
            start.Environment["DOTNET_TieredCompilation"] = "0";
            using var run = Process.Start(start)!;
            run.WaitForExit();
            Console.Write(Tidy(File.ReadAllText(listing)));
            return run.ExitCode;
        }
        finally
        {
            File.Delete(listing);
        }
    }

    public static int Run()
    {
        var image = Vmcs12Image.Create();
        var vmcs = image.Vmcs;
        Accessors.TypedWrite(vmcs, 1);
        Accessors.BitUpdate(vmcs);
        Accessors.SeveralFields(vmcs, 1, 2);
        var sum = Accessors.TypedRead(vmcs) + Accessors.ConstantEncodingRead(image) + Accessors.EncodingRead(image, VmcsField.GuestRsp);
        return sum == 3 ? 0 : 1;
    }

    // The method's name and its instructions; what else the JIT says differs from run to run.
    private static string Tidy(string listing)
    {
        var text = new StringBuilder();
        foreach (var line in listing.Split('\n').Select(static l => l.TrimEnd()))
        {
            if (line.StartsWith("; Assembly listing for method ", StringComparison.Ordinal))
                text.Append(text.Length == 0 ? "" : "\n")
                    .Append(line["; Assembly listing for method ".Length..].Split(" (")[0])
                    .Append('\n');
            else if (line.Length > 0 && !line.StartsWith(';'))
                text.Append(line.TrimStart().StartsWith("G_M", StringComparison.Ordinal) ? line.Split(' ')[0] : line).Append('\n');
        }
        return text.ToString();
    }
}
