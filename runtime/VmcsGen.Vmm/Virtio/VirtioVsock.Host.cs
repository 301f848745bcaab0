using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Net.Sockets;

namespace VmcsGen.Vmm;

/// <summary>The host's side: who calls, and whom the guest calls.</summary>
public sealed partial class VirtioVsock
{
    private const int MostCallers = 32;
    private const uint FirstHostPort = 0x4000_0000; // Above what programs choose.

    private readonly List<VsockCaller> _callers = [];
    private Socket _listener = null!;
    private EventSource _listening = null!;
    private uint _nextHostPort = FirstHostPort;

    private void Listen()
    {
        _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            _listener.Bind(new UnixDomainSocketEndPoint(_path));
            _listener.Listen(MostCallers);
            _listener.Blocking = false;
            _listening = _loop.Add(_listener.SafeHandle, EventKinds.Readable, _ => Take());
        }
        catch
        {
            _listener.Dispose();
            throw;
        }
    }

    private void CloseCallers()
    {
        _listening.Dispose();
        _listener.Dispose();
        VsockCaller[] callers;
        lock (_gate)
        {
            callers = [.. _callers];
            _callers.Clear();
        }
        foreach (var caller in callers)
        {
            caller.Source?.Dispose();
            caller.Socket.Dispose();
        }
    }

    private void Take()
    {
        Socket socket;
        try
        {
            socket = _listener.Accept();
        }
        catch (SocketException)
        {
            return; // It has gone again.
        }
        lock (_gate)
        {
            if (_callers.Count >= MostCallers || _connections.Count + _callers.Count >= MostConnections)
            {
                socket.Dispose();
                return;
            }
            socket.Blocking = false;
            VsockCaller caller = new(socket);
            try
            {
                caller.Source = _loop.Add(socket.SafeHandle, EventKinds.Readable, _ => Listen(caller));
                _callers.Add(caller);
            }
            catch (IOException)
            {
                socket.Dispose(); // The kernel has no room for more to wait for.
            }
        }
    }

    private void Listen(VsockCaller caller)
    {
        lock (_gate)
        {
            if (!_callers.Contains(caller) || caller.NeedsMore(out var port))
                return;
            _callers.Remove(caller);
            caller.Source!.Dispose();
            if (port is not { } guestPort)
            {
                caller.Socket.Dispose();
                return;
            }
            Add(new(new(NextHostPort(guestPort), guestPort), caller.Socket, VsockTodo.Request), caller.Socket);
        }
        Transport?.ServeQueue(Receive);
    }

    /// <summary>A port that no connection to this port of the guest has.</summary>
    private uint NextHostPort(uint guestPort)
    {
        while (_connections.ContainsKey(new(_nextHostPort, guestPort)))
            StepHostPort();
        var port = _nextHostPort;
        StepHostPort();
        return port;
    }

    private void StepHostPort() => _nextHostPort = _nextHostPort == uint.MaxValue - 1 ? FirstHostPort : _nextHostPort + 1;

    /// <summary>The guest calls a port of the host.</summary>
    private void Connect(VsockKey key, in VsockHeader header)
    {
        if (_connections.Count + _callers.Count >= MostConnections)
        {
            Refuse(header);
            return;
        }
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(string.Create(CultureInfo.InvariantCulture, $"{_path}_{key.HostPort}")));
            VsockConnection connection = new(key, socket, VsockTodo.Response);
            connection.NoteCredit(header);
            Add(connection, socket);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            // Nobody listens there, or too many wait.
            socket.Dispose();
            Refuse(header);
        }
    }

    private void Add(VsockConnection connection, Socket socket)
    {
        connection.Source = _loop.Add(socket.SafeHandle, connection.Kinds, happened => ServeSocket(connection, happened));
        _connections.Add(connection.Key, connection);
        Update(connection);
    }

    private void ServeSocket(VsockConnection connection, EventKinds happened)
    {
        lock (_gate)
        {
            if (connection.IsClosed)
                return;
            connection.NoteSocket(happened);
            if ((happened & (EventKinds.HangUp | EventKinds.Error)) != 0)
            {
                // It would be told again and again.
                connection.Source!.Dispose();
                connection.Source = null;
            }
            Update(connection);
        }
        Transport?.ServeQueue(Receive);
    }

    internal override void NoteNoDriver(int index)
    {
        if (index == Receive)
            Reset(); // Nobody can take what the host wants.
    }
}
