using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using System.Threading;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>
/// One debugger's visit: answers packets while the guest is stopped, and tells when it stops. Source: GDB manual, appendix E.
/// </summary>
internal sealed class GdbSession
{
    private const string Unsupported = "";
    private const string Done = "OK";
    private const string BadRequest = "E16"; // EINVAL
    private const string NoMemory = "E0e"; // EFAULT
    private const string Exited = "W00";
    private const int SignalInterrupt = 2;
    private const int SignalTrap = 5;

    private readonly GdbPackets _packets;
    private readonly DebugTarget _target;
    private readonly BlockingCollection<GdbMessage> _messages;
    private readonly CancellationToken _end;
    private readonly Queue<DebugEvent> _kept = [];
    private bool _isReported = true; // Since the last time that the guest went on.
    private bool _hasEnded;
    private bool _isWarned;
    private DebugEvent _last;
    private int _general; // The vCPU of which registers and memory are.
    private int _running; // The vCPU that 'c' and 's' are about; -1 for all.

    internal GdbSession(GdbPackets packets, DebugTarget target, BlockingCollection<GdbMessage> messages, CancellationToken end)
    {
        _packets = packets;
        _target = target;
        _messages = messages;
        _end = end;
    }

    /// <summary>Whether the debugger ended the guest.</summary>
    internal bool KillsGuest { get; private set; }

    /// <summary>Serves the debugger until it leaves.</summary>
    internal void Serve()
    {
        while (_messages.Take(_end) is { Kind: not GdbMessageKind.Disconnected } message)
        {
            switch (message.Kind)
            {
                case GdbMessageKind.Packet:
                    if (!Answer(message.Packet!))
                        return;
                    break;
                case GdbMessageKind.Interrupt when !_target.IsStopped:
                    _target.Stop(_end);
                    ReportStop(new(Math.Max(_running, 0), DebugEventKind.Interrupted));
                    break;
                case GdbMessageKind.Stopped when _kept.Count > 0 || _isReported:
                    // Another vCPU's, of the same stop. Breakpoints it will meet again; what was watched has happened.
                    if (message.Event.Kind is DebugEventKind.Watchpoint or DebugEventKind.AccessWatchpoint)
                        _kept.Enqueue(message.Event);
                    break;
                case GdbMessageKind.Stopped:
                    _target.Stop(_end);
                    ReportStop(message.Event);
                    break;
                case GdbMessageKind.GuestEnded:
                    // The debugger leaves when it has read this; a connection that is closed earlier may lose it.
                    _hasEnded = true;
                    _packets.Write(Exited);
                    break;
            }
        }
    }

    /// <summary>Answers a packet; false if the debugger leaves with it.</summary>
    private bool Answer(byte[] packet)
    {
        var text = packet.AsSpan();
        switch (packet.Length == 0 ? (byte)0 : packet[0])
        {
            case (byte)'D':
                _packets.Write(Done);
                return false;
            case (byte)'k':
                KillsGuest = true;
                return false;
            case (byte)'c' or (byte)'s' when packet.Length == 1:
                Resume(Actions((char)packet[0]));
                return true;
            case (byte)'v' when text.StartsWith("vCont;"u8):
                if (ParseActions(text[6..]) is { } actions)
                    Resume(actions);
                else
                    _packets.Write(BadRequest);
                return true;
        }
        string answer;
        try
        {
            answer = AnswerOf(text);
        }
        catch (KvmException e)
        {
            // What the debugger wants the kernel refuses: registers that do not go together, for example.
            answer = $"E.{e.Message.Replace('#', ' ')}";
        }
        _packets.Write(answer);
        if (answer == Done && text.SequenceEqual("QStartNoAckMode"u8))
            _packets.Acknowledges = false;
        return true;
    }

    private string AnswerOf(ReadOnlySpan<byte> packet) =>
        packet switch
        {
            [(byte)'?'] => StopReply(_last),
            [(byte)'g'] => ReadRegisters(),
            [(byte)'G', .. var values] => WriteRegisters(values),
            [(byte)'p', .. var number] => ReadRegister(number),
            [(byte)'P', .. var assignment] => WriteRegister(assignment),
            [(byte)'m', .. var range] => ReadMemory(range),
            [(byte)'M', .. var write] => WriteMemory(write, isBinary: false),
            [(byte)'X', .. var write] => WriteMemory(write, isBinary: true),
            [(byte)'Z', var kind, (byte)',', .. var place] => SetBreakpoint(kind, place, isSet: true),
            [(byte)'z', var kind, (byte)',', .. var place] => SetBreakpoint(kind, place, isSet: false),
            [(byte)'H', (byte)'g', .. var thread] => SelectThread(thread, ref _general),
            [(byte)'H', (byte)'c', .. var thread] => SelectThread(thread, ref _running),
            [(byte)'T', .. var thread] => ThreadOf(thread) is >= 0 ? Done : BadRequest,
            [(byte)'q', ..] or [(byte)'Q', ..] => AnswerQuery(packet),
            _ when packet.SequenceEqual("vCont?"u8) => "vCont;c;C;s;S",
            _ => Unsupported,
        };

    private string AnswerQuery(ReadOnlySpan<byte> packet)
    {
        if (packet.StartsWith("qSupported"u8))
            return $"PacketSize={GdbPackets.Longest:x};qXfer:features:read+;QStartNoAckMode+;vContSupported+;swbreak+;hwbreak+";
        if (packet.SequenceEqual("QStartNoAckMode"u8))
            return Done;
        if (packet.StartsWith("qXfer:features:read:target.xml:"u8))
            return Part(GdbRegisters.Description, packet["qXfer:features:read:target.xml:".Length..]);
        if (packet.SequenceEqual("qAttached"u8))
            return "1"; // So that the debugger leaves by detaching.
        if (packet.SequenceEqual("qC"u8))
            return $"QC{_general + 1:x}";
        if (packet.SequenceEqual("qfThreadInfo"u8))
            return $"m{string.Join(',', ThreadIds())}";
        if (packet.SequenceEqual("qsThreadInfo"u8))
            return "l";
        if (packet.StartsWith("qThreadExtraInfo,"u8) && ThreadOf(packet["qThreadExtraInfo,".Length..]) is >= 0 and var index)
            return GdbHex.Of(Encoding.ASCII.GetBytes($"vCPU {_target.Vcpus[index].Id}"));
        return Unsupported;
    }

    private IEnumerable<string> ThreadIds()
    {
        for (var i = 1; i <= _target.Vcpus.Count; i++)
            yield return i.ToString("x", CultureInfo.InvariantCulture);
    }

    // A thread of gdb's is a vCPU; its id is the index and 1. 0 is any of them and -1 all.
    private int ThreadOf(ReadOnlySpan<byte> text) =>
        GdbHex.TryParse(text, out var id) && id >= 1 && id <= (ulong)_target.Vcpus.Count ? (int)id - 1 : -1;

    private string SelectThread(ReadOnlySpan<byte> text, ref int selected)
    {
        var thread = ThreadOf(text);
        if (thread < 0 && !text.SequenceEqual("0"u8) && !text.SequenceEqual("-1"u8))
            return BadRequest;
        if (thread >= 0)
            selected = thread;
        else if (text.SequenceEqual("-1"u8))
            _running = -1;
        return Done;
    }

    private KvmVcpu Vcpu => _target.Vcpus[_general];

    private string ReadRegisters()
    {
        var registers = VcpuRegisters.Of(Vcpu);
        StringBuilder text = new();
        foreach (var register in GdbRegisters.All)
            register.Read(registers, text);
        return text.ToString();
    }

    private string WriteRegisters(ReadOnlySpan<byte> text)
    {
        var registers = VcpuRegisters.Of(Vcpu);
        foreach (var register in GdbRegisters.All)
        {
            if (text.Length < 2 * register.Size)
                return BadRequest;
            // Those that are not known come back as they were told.
            if (
                GdbHex.ToBytes(text[..(2 * register.Size)]) is { } value
                && !register.Place(registers).IsEmpty
                && !register.TryWrite(registers, value)
            )
                return BadRequest;
            text = text[(2 * register.Size)..];
        }
        registers.SetTo(Vcpu);
        return Done;
    }

    private string ReadRegister(ReadOnlySpan<byte> text)
    {
        if (!GdbHex.TryParse(text, out var number) || number >= (ulong)GdbRegisters.All.Count)
            return BadRequest;
        StringBuilder value = new();
        GdbRegisters.All[(int)number].Read(VcpuRegisters.Of(Vcpu), value);
        return value.ToString();
    }

    private string WriteRegister(ReadOnlySpan<byte> text)
    {
        var equals = text.IndexOf((byte)'=');
        if (equals < 0 || !GdbHex.TryParse(text[..equals], out var number) || number >= (ulong)GdbRegisters.All.Count)
            return BadRequest;
        var registers = VcpuRegisters.Of(Vcpu);
        if (GdbHex.ToBytes(text[(equals + 1)..]) is not { } value || !GdbRegisters.All[(int)number].TryWrite(registers, value))
            return BadRequest;
        registers.SetTo(Vcpu);
        return Done;
    }

    private string ReadMemory(ReadOnlySpan<byte> text)
    {
        if (!TryParsePair(text, out var address, out var length) || length > GdbPackets.Longest / 2)
            return BadRequest;
        var bytes = new byte[length];
        var done = Transfer(address, bytes, _target.Breakpoints.Read);
        return done > 0 || length == 0 ? GdbHex.Of(bytes.AsSpan(0, done)) : NoMemory;
    }

    private string WriteMemory(ReadOnlySpan<byte> text, bool isBinary)
    {
        var colon = text.IndexOf((byte)':');
        if (colon < 0 || !TryParsePair(text[..colon], out var address, out var length))
            return BadRequest;
        var data = isBinary ? text[(colon + 1)..].ToArray() : GdbHex.ToBytes(text[(colon + 1)..]);
        if (data is null || (ulong)data.Length != length)
            return BadRequest;
        return Transfer(address, data, _target.Breakpoints.Write) == data.Length ? Done : NoMemory;
    }

    private delegate void PageAccess(ulong physical, Span<byte> bytes);

    /// <summary>Goes page by page, as the vCPU's page tables lead; ends where nothing is mapped or no memory is.</summary>
    private int Transfer(ulong address, Span<byte> bytes, PageAccess access)
    {
        var done = 0;
        while (done < bytes.Length && Vcpu.TryTranslate(address + (ulong)done, out var physical))
        {
            var inPage = GuestMemory.PageSize - (int)(physical % GuestMemory.PageSize);
            var part = bytes.Slice(done, Math.Min(inPage, bytes.Length - done));
            try
            {
                access(physical, part);
            }
            catch (GuestMemoryException)
            {
                break;
            }
            done += part.Length;
        }
        return done;
    }

    private string SetBreakpoint(byte kind, ReadOnlySpan<byte> text, bool isSet)
    {
        if (!TryParsePair(text, out var address, out var length))
            return BadRequest;
        if (kind == (byte)'0')
        {
            if (isSet)
                return _target.Breakpoints.TryAdd(Vcpu, address) ? Done : NoMemory;
            _target.Breakpoints.Remove(address);
            return Done;
        }
        if (kind is not ((byte)'1' or (byte)'2' or (byte)'4'))
            return Unsupported; // The processor has no breakpoint on reads alone.
        if (kind != (byte)'1' && (length is not (1 or 2 or 4 or 8) || address % length != 0))
            return BadRequest;
        var breakpoint = kind switch
        {
            (byte)'1' => HardwareBreakpoint.OnExecution(address),
            (byte)'2' => HardwareBreakpoint.OnWrite(address, (int)length),
            _ => HardwareBreakpoint.OnReadOrWrite(address, (int)length),
        };
        if (isSet && kind != (byte)'1' && !_target.HasWatchpoints)
            return $"E.{DebugTarget.NoWatchpoints}";
        if (isSet)
            return _target.TryAddHardware(breakpoint) ? Done : BadRequest;
        _target.RemoveHardware(breakpoint);
        return Done;
    }

    private char[] Actions(char action)
    {
        var actions = new char[_target.Vcpus.Count];
        if (_running >= 0 && action == 's')
            actions[_running] = action;
        else
            Array.Fill(actions, action);
        return actions;
    }

    // vCont;s:1;c – the first action that names a thread, or none, is the thread's.
    private char[]? ParseActions(ReadOnlySpan<byte> text)
    {
        var actions = new char[_target.Vcpus.Count];
        foreach (var range in text.Split((byte)';'))
        {
            var part = text[range];
            var colon = part.IndexOf((byte)':');
            var action = part.IsEmpty ? (byte)0 : (byte)(part[0] | 0x20);
            if (action is not ((byte)'c' or (byte)'s'))
                return null;
            var thread = colon < 0 ? -1 : ThreadOf(part[(colon + 1)..]);
            if (colon >= 0 && thread < 0 && !part[(colon + 1)..].SequenceEqual("-1"u8))
                return null;
            for (var i = 0; i < actions.Length; i++)
            {
                if (actions[i] == 0 && (thread < 0 || thread == i))
                    actions[i] = (char)action;
            }
        }
        return actions;
    }

    private void Resume(char[] actions)
    {
        if (_hasEnded)
        {
            _packets.Write(Exited);
            return;
        }
        if (_kept.TryDequeue(out var kept))
        {
            ReportStop(kept);
            return;
        }
        // Only a guest that runs may have text for gdb's console.
        if (!_isWarned && _target.Warning is { } warning)
            _packets.Write($"O{GdbHex.Of(Encoding.ASCII.GetBytes($"{warning}\n"))}");
        _isWarned = true;
        _isReported = false;
        _target.Resume(actions);
    }

    private void ReportStop(DebugEvent stop)
    {
        _isReported = true;
        _last = stop;
        _general = stop.Vcpu;
        _packets.Write(StopReply(stop));
    }

    private static string StopReply(DebugEvent stop)
    {
        var reason = stop.Kind switch
        {
            DebugEventKind.SoftwareBreakpoint => "swbreak:;",
            DebugEventKind.HardwareBreakpoint => "hwbreak:;",
            DebugEventKind.Watchpoint => $"watch:{stop.Address:x};",
            DebugEventKind.AccessWatchpoint => $"awatch:{stop.Address:x};",
            _ => "",
        };
        var signal = stop.Kind == DebugEventKind.Interrupted ? SignalInterrupt : SignalTrap;
        return $"T{signal:x2}thread:{stop.Vcpu + 1:x};{reason}";
    }

    private static bool TryParsePair(ReadOnlySpan<byte> text, out ulong first, out ulong second)
    {
        (first, second) = (0, 0);
        var comma = text.IndexOf((byte)',');
        if (comma < 0)
            return false;
        var rest = text[(comma + 1)..];
        var end = rest.IndexOf((byte)';'); // Conditions, which are not known.
        return GdbHex.TryParse(text[..comma], out first) && GdbHex.TryParse(end < 0 ? rest : rest[..end], out second);
    }

    private static string Part(string document, ReadOnlySpan<byte> range)
    {
        if (!TryParsePair(range, out var offset, out var length) || offset > (ulong)document.Length)
            return BadRequest;
        var part = document.AsSpan((int)offset);
        var isLast = length >= (ulong)part.Length;
        return $"{(isLast ? 'l' : 'm')}{(isLast ? part : part[..(int)length])}";
    }
}
