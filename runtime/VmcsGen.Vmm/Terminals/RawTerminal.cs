using System;
using System.Runtime.InteropServices;

namespace VmcsGen.Vmm;

/// <summary>
/// The terminal on standard input, in raw mode until this is disposed of: keys arrive one by one, Ctrl-C among them, and nothing is echoed,
/// because the guest does that.
/// </summary>
[MustDispose]
public sealed unsafe partial class RawTerminal : IDisposable
{
    private const int StandardInput = 0;
    private const int Now = 0;
    private const int Size = 64; // struct termios of glibc and musl has 60 bytes.
    private const int OutputFlags = 4;

    private readonly byte[] _before = new byte[Size];
    private bool _isRaw;

    private RawTerminal() { }

    /// <summary>Makes the terminal raw; if standard input is none, nothing happens.</summary>
    public static RawTerminal Enter()
    {
        RawTerminal terminal = new();
        Span<byte> raw = stackalloc byte[Size];
        fixed (
            byte* before = terminal._before,
                changed = raw
        )
        {
            if (TcGetAttr(StandardInput, before) != 0)
                return terminal;
            terminal._before.CopyTo(raw);
            CfMakeRaw(changed);
            // Line feeds of our own messages still return the carriage.
            *(uint*)(changed + OutputFlags) = *(uint*)(before + OutputFlags);
            terminal._isRaw = TcSetAttr(StandardInput, Now, changed) == 0;
        }
        return terminal;
    }

    /// <summary>Makes the terminal what it was.</summary>
    public void Dispose()
    {
        if (!_isRaw)
            return;
        _isRaw = false;
        fixed (byte* before = _before)
            _ = TcSetAttr(StandardInput, Now, before);
    }

    [LibraryImport("libc", EntryPoint = "tcgetattr")]
    private static partial int TcGetAttr(int descriptor, byte* termios);

    [LibraryImport("libc", EntryPoint = "tcsetattr")]
    private static partial int TcSetAttr(int descriptor, int when, byte* termios);

    [LibraryImport("libc", EntryPoint = "cfmakeraw")]
    private static partial void CfMakeRaw(byte* termios);
}
