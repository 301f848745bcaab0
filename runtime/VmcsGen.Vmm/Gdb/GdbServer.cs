using System;
using System.Collections.Concurrent;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>
/// Lets gdb debug a guest, by its remote serial protocol: registers, memory, breakpoints, watchpoints and steps on every vCPU. One debugger
/// at a time; another may come when it has left. Source: GDB manual, appendix E.
/// </summary>
/// <remarks>
/// A debugger can do everything to the guest, so it is heard on the loopback interface and on UNIX sockets alone. Where the host's KVM
/// stops at no breakpoints (<see cref="GuestDebugAbilities"/>), an OUT instruction stands at those in the kernel's half of the addresses,
/// and while there are others the guest goes by single steps. There are no watchpoints then, and gdb's console says so.
/// </remarks>
/// <example>
/// <code>
/// using var gdb = new GdbServer(machine.Threads, machine.Vm.Memory, new IPEndPoint(IPAddress.Loopback, 1234));
/// machine.ExitFilter = gdb.Serve;
/// gdb.Start(stopFirst: true);
/// machine.Start();
/// </code>
/// </example>
[MustDispose]
public sealed class GdbServer : IDisposable
{
    private readonly VcpuThreads _threads;
    private readonly DebugTarget _target;
    private readonly Socket _listener;
    private readonly string? _socketPath;
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _gate = new();
    private BlockingCollection<GdbMessage>? _messages;
    private VcpuPause? _first;
    private Socket? _connection;
    private Thread? _thread;

    /// <summary>Begins to listen; debuggers are served from <see cref="Start"/> on.</summary>
    /// <param name="threads">The vCPUs.</param>
    /// <param name="memory">The guest's memory.</param>
    /// <param name="endPoint">An address of the loopback interface, with port 0 for a free one, or a UNIX socket.</param>
    /// <param name="abilities">What the host's KVM does of debugging; null to find out by trying.</param>
    /// <exception cref="ArgumentException">The address is not one of this machine alone.</exception>
    /// <exception cref="SocketException">Somebody else listens there, or it may not be used.</exception>
    public GdbServer(VcpuThreads threads, GuestPhysicalMemory memory, EndPoint endPoint, GuestDebugAbilities? abilities = null)
    {
        ArgumentNullException.ThrowIfNull(threads);
        ArgumentNullException.ThrowIfNull(memory);
        ArgumentNullException.ThrowIfNull(endPoint);
        if (endPoint is not UnixDomainSocketEndPoint && !(endPoint is IPEndPoint ip && IPAddress.IsLoopback(ip.Address)))
        {
            throw new ArgumentException(
                $"{endPoint} is reached from other machines, and whoever reaches it can do everything to the guest. Use an address of the "
                    + "loopback interface, such as 127.0.0.1, or a UNIX socket.",
                nameof(endPoint)
            );
        }
        _threads = threads;
        if (abilities is null)
        {
            using var host = KvmHost.Open();
            abilities = GuestDebugAbilities.Find(host);
        }
        _target = new(threads, memory, abilities, stop => Post(new(GdbMessageKind.Stopped, Event: stop)));
        _listener = new(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            _listener.Bind(endPoint);
            _listener.Listen(1);
        }
        catch
        {
            _listener.Dispose();
            throw;
        }
        _socketPath = endPoint is UnixDomainSocketEndPoint ? endPoint.ToString() : null;
        LocalEndPoint = _listener.LocalEndPoint!;
    }

    /// <summary>Where debuggers are heard.</summary>
    public EndPoint LocalEndPoint { get; }

    /// <summary>Begins to serve debuggers.</summary>
    /// <param name="stopFirst">Whether the guest waits for the first one before it executes anything.</param>
    /// <exception cref="InvalidOperationException">It serves them already.</exception>
    public void Start(bool stopFirst = false)
    {
        if (_thread is not null)
            throw new InvalidOperationException("Debuggers are served already.");
        if (stopFirst)
            _first = _threads.RequestPause();
        _thread = new Thread(Listen) { IsBackground = true, Name = "gdb" };
        _thread.Start();
        _threads.Ended.ContinueWith(
            _ => Post(new(GdbMessageKind.GuestEnded)),
            CancellationToken.None,
            System.Threading.Tasks.TaskContinuationOptions.None,
            System.Threading.Tasks.TaskScheduler.Default
        );
    }

    /// <summary>Looks at an exit: to be called by the handler of exits for each, before devices see it.</summary>
    /// <param name="vcpu">The vCPU.</param>
    /// <param name="exit">Its exit.</param>
    /// <returns>True if it is about debugging, and the vCPU is to go on.</returns>
    public bool Serve(KvmVcpu vcpu, KvmExit exit)
    {
        ArgumentNullException.ThrowIfNull(vcpu);
        return _target.Serve(vcpu, exit);
    }

    /// <summary>Stops listening, sends the debugger away and lets the guest go.</summary>
    public void Dispose()
    {
        _end.Cancel();
        _listener.Dispose();
        lock (_gate)
            _connection?.Dispose();
        _thread?.Join();
        _first?.Dispose();
        if (_socketPath is not null)
            File.Delete(_socketPath);
    }

    private void Listen()
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                using var connection = _listener.Accept();
                lock (_gate)
                {
                    if (_end.IsCancellationRequested)
                        return;
                    _connection = connection;
                }
                if (connection.ProtocolType == ProtocolType.Tcp || connection.AddressFamily == AddressFamily.InterNetwork)
                    connection.NoDelay = true;
                using NetworkStream stream = new(connection);
                Visit(stream);
            }
            catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException or OperationCanceledException)
            {
                // The debugger broke off, or nobody is to be heard any more.
            }
        }
    }

    private void Visit(NetworkStream stream)
    {
        using BlockingCollection<GdbMessage> messages = [];
        lock (_gate)
            _messages = messages;
        if (_threads.Ended.IsCompleted)
            messages.Add(new(GdbMessageKind.GuestEnded));
        GdbPackets packets = new(stream);
        GdbSession session = new(packets, _target, messages, _end.Token);
        try
        {
            _target.Attach(_end.Token);
            Interlocked.Exchange(ref _first, null)?.Dispose();
            new Thread(() => Receive(packets)) { IsBackground = true, Name = "gdb packets" }.Start();
            session.Serve();
        }
        finally
        {
            lock (_gate)
                _messages = null;
            if (session.KillsGuest)
                _threads.RequestStop();
            LetGo();
        }
    }

    private void LetGo()
    {
        try
        {
            if (!_target.IsStopped)
                _target.Stop(CancellationToken.None);
            _target.Detach();
        }
        catch (ObjectDisposedException)
        {
            // The guest is gone.
        }
    }

    private void Receive(GdbPackets packets)
    {
        try
        {
            while (packets.Read() is { } packet)
                Post(new(packet is [GdbPackets.Interrupt] ? GdbMessageKind.Interrupt : GdbMessageKind.Packet, packet));
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // As at its end.
        }
        Post(new(GdbMessageKind.Disconnected));
    }

    private void Post(GdbMessage message)
    {
        lock (_gate)
            _messages?.Add(message);
    }
}
