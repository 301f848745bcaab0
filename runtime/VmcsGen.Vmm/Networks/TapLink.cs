using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace VmcsGen.Vmm;

/// <summary>
/// A network interface of the host, whose other end a guest has: what the host sends to it, the guest receives. Who may use it, and what
/// lies behind it, is the host's affair. Source: Linux Documentation/networking/tuntap.rst.
/// </summary>
public sealed unsafe partial class TapLink : NetworkLink
{
    private const string Path = "/dev/net/tun";
    private const int LongestName = 15;
    private const int ReadWrite = 0x2; // O_RDWR
    private const int NonBlocking = 0x800; // O_NONBLOCK
    private const int CloseOnExec = 0x8_0000; // O_CLOEXEC

    private readonly SafeFileHandle _device;
    private EventSource? _source;
    private INetworkInterface? _owner;

    /// <summary>Opens an interface, and makes it if there is none and the process may. Nobody else may have it.</summary>
    /// <param name="name">Its name, of up to 15 ASCII characters.</param>
    /// <exception cref="ArgumentException">No interface has such a name.</exception>
    /// <exception cref="IOException">There is no /dev/net/tun, it may not be used, or somebody else has the interface.</exception>
    public TapLink(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.Length > LongestName || !System.Text.Ascii.IsValid(name) || name.Contains('%', StringComparison.Ordinal))
            throw new ArgumentException(
                $"'{name}' is no name of an interface: 1 to {LongestName} ASCII characters are, without %.",
                nameof(name)
            );
        Name = name;
        var descriptor = Open(Path, ReadWrite | NonBlocking | CloseOnExec);
        if (descriptor < 0)
            throw Failure($"open {Path}", "Load the module tun, or let the process use the file.");
        _device = new(descriptor, ownsHandle: true);
        InterfaceRequest request = default;
        Encoding.ASCII.GetBytes(name, (Span<byte>)request.Name);
        request.Argument.Flags = (short)(TunFlags.Tap | TunFlags.NoPi);
        if (Control(descriptor, (nuint)TunRequest.SetInterface, &request) == 0)
            return;
        var failure = Failure($"TUNSETIFF of {name}", $"Make it for the user before: ip tuntap add dev {name} mode tap user USER.");
        _device.Dispose();
        throw failure;
    }

    /// <summary>The interface's name.</summary>
    public string Name { get; }

    /// <summary>True: the host is always there.</summary>
    public override bool IsUp => true;

    /// <inheritdoc/>
    public override bool WantsFrames
    {
        get => _source is { } source && (source.Kinds & EventKinds.Readable) != 0;
        set
        {
            if (_source is { } source)
                source.Kinds = value ? EventKinds.Readable : 0;
        }
    }

    /// <inheritdoc/>
    public override void Start(EventLoop events, INetworkInterface owner)
    {
        ArgumentNullException.ThrowIfNull(events);
        ArgumentNullException.ThrowIfNull(owner);
        if (_source is not null)
            throw new InvalidOperationException($"{Name} carries frames already.");
        _owner = owner;
        _source = events.Add(_device, EventKinds.Readable, _ => _owner.ReceiveFrames());
    }

    /// <summary>True: what the host's interface does not take is lost, as on a wire.</summary>
    public override bool HasRoom => true;

    /// <inheritdoc/>
    public override bool TryReceive(Span<byte> frame, out int length)
    {
        try
        {
            length = Descriptor.Read(_device, frame);
        }
        catch (IOException)
        {
            length = 0; // The interface is down.
        }
        return length > 0;
    }

    /// <inheritdoc/>
    public override void Send(ReadOnlySpan<byte> frame)
    {
        try
        {
            Descriptor.Write(_device, frame);
        }
        catch (IOException)
        {
            // The interface is down, or the frame is none.
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool isDisposing)
    {
        _source?.Dispose();
        _device.Dispose();
    }

    private static IOException Failure(string call, string remedy)
    {
        var errno = Marshal.GetLastPInvokeError();
        return new($"{call} failed: {Marshal.GetPInvokeErrorMessage(errno)}. {remedy}", errno);
    }

    [LibraryImport("libc.so.6", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc.so.6", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(int descriptor, nuint request, InterfaceRequest* argument);
}
