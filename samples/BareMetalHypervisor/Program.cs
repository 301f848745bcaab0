using System;
using System.IO;
using BareMetalHypervisor;
using VmcsGen.Vmx.Bochs;

// A hypervisor in C# that runs on the bare CPU: compiled by NativeAOT's compiler, linked with a little assembly, booted from a disk
// image on the emulator Bochs. It tells its story on the serial port. The argument is a CPU model of Bochs.
if (args.Length > 1)
{
    Console.Error.WriteLine("BareMetalHypervisor [MODEL]: MODEL is a CPU model of Bochs, one of 'bochs --help cpu'.");
    return 2;
}
var directory = Directory.CreateTempSubdirectory("vmcsgen-image-");
try
{
    var image = DiskImage.Build(directory.FullName);
    return EmulatedPc.Boot(image, args is [var model] ? model : BochsMachine.DefaultModel, new Story(Console.Out).Tell);
}
catch (Exception failure) when (failure is ToolException or PlatformNotSupportedException or IOException)
{
    Console.Error.WriteLine(failure.Message);
    return 1;
}
finally
{
    directory.Delete(recursive: true);
}
