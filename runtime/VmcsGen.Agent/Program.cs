using System;
using System.IO;

namespace VmcsGen.Agent;

/// <summary>Writes the agent's machine code: <c>VmcsGen.Agent path/of/agent.rom</c>.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        if (arguments is not [var path])
        {
            Console.Error.WriteLine("Usage: VmcsGen.Agent <file to write>");
            return 2;
        }
        File.WriteAllBytes(path, Rom.Build());
        return 0;
    }
}
