using System;
using System.IO;
using BareMetalHypervisor;
using VmcsGen.Vmx.Bochs;

// A hypervisor in C# that runs on the bare CPU: compiled by NativeAOT's compiler, linked with a little assembly, booted from a disk
// image on the emulator Bochs. It runs guests of its own and tells its story on the serial port; or it lifts the system that runs, and
// Linux boots under it.
const string Usage = """
    BareMetalHypervisor [MODEL]             runs three small guests and tells what they do
    BareMetalHypervisor lift [MODEL [DISC]] makes the running system a guest, and then boots Linux

    MODEL is a CPU model of Bochs, one of 'bochs --help cpu'. DISC is the image of a CD that boots by the BIOS and speaks on the first
    serial port; without it, one is made with Debian's kernel and a program that asks CPUID for the hypervisor's name.
    """;

var isLift = args is ["lift", ..];
var rest = isLift ? args[1..] : args;
if (rest.Length > (isLift ? 2 : 1))
{
    Console.Error.WriteLine(Usage);
    return 2;
}
var directory = Directory.CreateTempSubdirectory("vmcsgen-image-");
try
{
    var image = DiskImage.Build(directory.FullName, isLift ? ImageForm.Lift : ImageForm.Story);
    var disc =
        !isLift ? null
        : rest is [_, var given] ? Path.GetFullPath(given)
        : LinuxDisc.Build(directory.FullName);
    return EmulatedPc.Boot(image, rest is [var model, ..] ? model : BochsMachine.DefaultModel, disc, new Story(Console.Out).Tell);
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
