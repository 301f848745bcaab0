using System;
using System.IO;
using VmcsGen.Facts;
using VmcsGen.Tool;

// Writes a file of tests/facts to standard output. README.md beside this folder says where the headers and kernels come from.
try
{
    Console.Out.Write(FactsCommand.Run(args));
    return 0;
}
catch (Exception e) when (e is InputException or IOException or UnauthorizedAccessException or InvalidDataException)
{
    Console.Error.WriteLine($"facts: {e.Message}");
    return 2;
}
