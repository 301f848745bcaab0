using System;
using System.Threading;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm.Tests.Testing;

/// <summary>Makes a libc call fail, or watches the calls, until disposed.</summary>
internal sealed class LibcFault : IDisposable
{
    private readonly Func<string, uint, Errno>? _before = Libc.Fault;
    private int _calls;

    private LibcFault(string call, uint request, Errno errno) =>
        Libc.Fault = (name, number) =>
        {
            if (name != call || number != request)
                return 0;
            _calls++;
            return errno;
        };

    private LibcFault((string Call, Errno Errno)[] calls) => Libc.Fault = (name, _) => Array.Find(calls, call => call.Call == name).Errno;

    private LibcFault(int failing, Errno errno) => Libc.Fault = (_, _) => Interlocked.Increment(ref _calls) == failing ? errno : 0;

    /// <summary>How often the call was tried.</summary>
    public int Calls => _calls;

    public static LibcFault Of(string call, Errno errno) => new(call, 0, errno);

    /// <summary>Makes several fail.</summary>
    public static LibcFault OfCalls(params (string Call, Errno Errno)[] calls) => new(calls);

    public static LibcFault OfIoctl(uint request, Errno errno) => new("ioctl", request, errno);

    /// <summary>Makes one call fail, whichever it is: the n-th from now on.</summary>
    public static LibcFault OfCall(int number, Errno errno) => new(number, errno);

    /// <summary>Lets the ioctl happen and counts it.</summary>
    public static LibcFault Watch(uint request) => new("ioctl", request, 0);

    public void Dispose() => Libc.Fault = _before;
}
