using System.Runtime;
using System.Runtime.CompilerServices;

namespace Internal.Runtime.CompilerHelpers;

/// <summary>What ilc's code calls where a runtime would throw. There is nobody to catch: the machine stops, with a reason.</summary>
internal static class ThrowHelpers
{
    public static void ThrowIndexOutOfRangeException() => Stop("an index is out of range");

    public static void ThrowNullReferenceException() => Stop("a reference is null");

    public static void ThrowDivideByZeroException() => Stop("a division by zero");

    public static void ThrowOverflowException() => Stop("an arithmetic overflow");

    public static void ThrowInvalidProgramException(int id) => Stop("code that ilc could not compile");

    public static void ThrowInvalidProgramExceptionWithArgument(int id, string name) => Stop(name);

    public static void ThrowTypeLoadException(int id, string type, string module) => Stop(type);

    public static void ThrowTypeLoadExceptionWithArgument(int id, string type, string module, string argument) => Stop(type);

    public static void ThrowMissingMethodException(int id, string method) => Stop(method);

    public static void ThrowMissingFieldException(int id, string field) => Stop(field);

    public static void ThrowFileNotFoundException(int id, string file) => Stop(file);

    public static void ThrowBadImageFormatException(int id) => Stop("an image that ilc could not read");

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "kernel_stop")]
    internal static extern void Stop(string reason);
}
