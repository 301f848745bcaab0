using System;
using System.Threading;

namespace VmcsGen.Vmm;

/// <summary>
/// Its interrupts: periodic, by the alarm, and by each update of the time. What happened is found out when somebody looks, from when the
/// last one did; a timer looks when the next interrupt is due. Source: Motorola MC146818A data sheet, registers A to C.
/// </summary>
public sealed partial class CmosClock
{
    private const byte PeriodicFlag = 0x40;
    private const byte AlarmFlag = 0x20;
    private const byte UpdateFlag = 0x10;
    private const byte AllFlags = PeriodicFlag | AlarmFlag | UpdateFlag;
    private const byte Requested = 0x80;
    private const byte RateMask = 0xF;
    private const byte DividerStopped = 0x60; // Both bits: the chain of dividers is held.
    private const byte AnyTime = 0xC0; // Both bits, in a register of the alarm.
    private const int Oscillator = 32_768;
    private const int SecondsOfDay = 86_400;
    private const int SecondAlarm = 1;
    private const int MinuteAlarm = 3;
    private const int HourAlarm = 5;

    private ITimer? _timer;
    private bool _isRaised;
    private bool _isDisposed;

    /// <summary>Ends its timer: no interrupt comes from it any more.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _timer?.Dispose();
        }
    }

    private bool IsStopped => (_state.Memory[RegisterB] & Setting) != 0 || (_state.Memory[RegisterA] & DividerStopped) == DividerStopped;

    /// <summary>Whether something happened that is to interrupt.</summary>
    private bool IsRequesting => (_state.Memory[RegisterC] & _state.Memory[RegisterB] & AllFlags) != 0;

    /// <summary>Periodic interrupts in a second.</summary>
    private int Frequency =>
        (_state.Memory[RegisterA] & RateMask) switch
        {
            0 => 0,
            <= 2 and var rate => Oscillator >> (rate + 6),
            var rate => Oscillator >> (rate - 1),
        };

    private byte ReadFlags()
    {
        NoteEvents();
        var flags = (byte)(_state.Memory[RegisterC] | (IsRequesting ? Requested : 0));
        _state.Memory[RegisterC] = 0;
        UpdateInterrupt();
        return flags;
    }

    /// <summary>Notes what happened since the last time.</summary>
    private void NoteEvents()
    {
        var (since, now) = (_state.SeenTicks, Now.Ticks);
        _state.SeenTicks = now;
        if (IsStopped || now <= since)
            return;
        if (now >= NextBeat(since))
            _state.Memory[RegisterC] |= PeriodicFlag;
        if (now >= NextUpdate(since))
            _state.Memory[RegisterC] |= UpdateFlag;
        if (now >= NextAlarm(since))
            _state.Memory[RegisterC] |= AlarmFlag;
    }

    private void UpdateInterrupt()
    {
        if (_line is null || _isDisposed)
            return;
        if (IsRequesting != _isRaised)
        {
            _isRaised = !_isRaised;
            _line.SetLevel(_isRaised);
        }
        var due = NextInterrupt();
        if (due != long.MaxValue)
            SetTimer(TimeSpan.FromMilliseconds(Math.Ceiling(TimeSpan.FromTicks(due - _state.SeenTicks).TotalMilliseconds)));
        else if (_timer is not null)
            SetTimer(Timeout.InfiniteTimeSpan);
    }

    /// <summary>When the next event comes that is to interrupt and was not noted yet.</summary>
    private long NextInterrupt()
    {
        var next = long.MaxValue;
        if (IsStopped)
            return next;
        var wanted = _state.Memory[RegisterB] & ~_state.Memory[RegisterC];
        if ((wanted & PeriodicFlag) != 0)
            next = NextBeat(_state.SeenTicks);
        if ((wanted & UpdateFlag) != 0)
            next = Math.Min(next, NextUpdate(_state.SeenTicks));
        if ((wanted & AlarmFlag) != 0)
            next = Math.Min(next, NextAlarm(_state.SeenTicks));
        return next;
    }

    private void SetTimer(TimeSpan due)
    {
        _timer ??= _time.CreateTimer(
            static clock => ((CmosClock)clock!).OnTimer(),
            this,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan
        );
        _timer.Change(due, Timeout.InfiniteTimeSpan);
    }

    private void OnTimer()
    {
        lock (_gate)
        {
            // Under the lock, so that nothing is posted after the disposal.
            if (!_isDisposed && _loop is not null)
                _loop.Post(_look);
        }
        if (_loop is null)
            Look();
    }

    private void Look()
    {
        lock (_gate)
        {
            NoteEvents();
            UpdateInterrupt();
        }
    }

    // Of times in ticks, the next one that comes after.

    private long NextBeat(long ticks)
    {
        if (Frequency == 0)
            return long.MaxValue;
        var second = ticks - ticks % TimeSpan.TicksPerSecond;
        var next = (ticks - second) * Frequency / TimeSpan.TicksPerSecond + 1;
        return second + (next * TimeSpan.TicksPerSecond + Frequency - 1) / Frequency;
    }

    private static long NextUpdate(long ticks) => ticks - ticks % TimeSpan.TicksPerSecond + TimeSpan.TicksPerSecond;

    private long NextAlarm(long ticks)
    {
        var now = ticks / TimeSpan.TicksPerSecond;
        for (var ahead = 1L; ahead <= SecondsOfDay; )
        {
            var second = (int)((now + ahead) % SecondsOfDay);
            if (!Matches(HourAlarm, EncodedHour(second / 3600)))
                ahead += 3600 - second % 3600;
            else if (!Matches(MinuteAlarm, Encoded(second / 60 % 60)))
                ahead += 60 - second % 60;
            else if (!Matches(SecondAlarm, Encoded(second % 60)))
                ahead++;
            else
                return (now + ahead) * TimeSpan.TicksPerSecond;
        }
        return long.MaxValue; // It is no time of day.
    }

    private bool Matches(int alarm, byte value) => _state.Memory[alarm] == value || (_state.Memory[alarm] & AnyTime) == AnyTime;
}
