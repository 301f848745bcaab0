using System;
using System.Threading;

namespace VmcsGen.Kvm.Tests.Soak;

/// <summary>
/// A connection between a lane of one VM and a lane of another, over which one token goes to and fro: whoever gets it sends it
/// back. So no signal can hide behind another one, and a lost one stops the connection. Either the doorbell of each is the
/// interrupt of the other, inside the kernel, or a thread of the host carries each signal over and counts it.
/// </summary>
internal sealed class SignalConnection : IDisposable
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(200);

    private readonly Eventfd _toFirst = Eventfd.Create();
    private readonly Eventfd _toSecond = Eventfd.Create();
    private readonly Eventfd? _fromFirst;
    private readonly Eventfd? _fromSecond;
    private readonly Thread? _relay;
    private long _carriedFromFirst;
    private long _carriedFromSecond;
    private volatile bool _isStopped;

    public SignalConnection(SignalMachine first, int firstLane, SignalMachine second, int secondLane, bool isRelayed)
    {
        IsRelayed = isRelayed;
        if (isRelayed)
        {
            _fromFirst = Eventfd.Create();
            _fromSecond = Eventfd.Create();
            _relay = new Thread(Relay, 256 * 1024) { IsBackground = true };
        }
        First = first.Connect(firstLane, _toFirst, _fromFirst ?? _toSecond);
        Second = second.Connect(secondLane, _toSecond, _fromSecond ?? _toFirst);
    }

    public bool IsRelayed { get; }

    public SignalLane First { get; }

    public SignalLane Second { get; }

    /// <summary>Signals that arrived.</summary>
    public long Hops => First.Received + (long)Second.Received;

    /// <summary>Whether the token was kept by one end, so that nothing is under way.</summary>
    public bool IsSettled => First.Kept + Second.Kept != 0;

    public Exception? Failure { get; private set; }

    public void Start()
    {
        _relay?.Start();
        First.Interrupt.Signal();
    }

    /// <summary>
    /// After <see cref="Stop"/>: what does not add up, or null if every signal that was sent was received once and one token is
    /// there.
    /// </summary>
    public string? Audit()
    {
        var isEqual =
            First.Received == Second.Sent + 1
            && Second.Received == First.Sent
            && First.Kept + Second.Kept == 1
            && (!IsRelayed || _carriedFromFirst == First.Sent)
            && (!IsRelayed || _carriedFromSecond == Second.Sent);
        var left =
            _toFirst.TryRead(out _)
            || _toSecond.TryRead(out _)
            || _fromFirst?.TryRead(out _) == true
            || _fromSecond?.TryRead(out _) == true;
        return isEqual && !left ? null : $"{this}; a signal is left over: {left}";
    }

    public override string ToString() =>
        $"first {First}; second {Second}; carried {Interlocked.Read(ref _carriedFromFirst)} and {Interlocked.Read(ref _carriedFromSecond)}";

    public void Stop()
    {
        _isStopped = true;
        if (_relay?.IsAlive == true)
            _relay.Join();
    }

    public void Dispose()
    {
        Stop();
        foreach (var lane in new[] { First, Second })
        {
            lane.Interrupt.Dispose();
            lane.Doorbell.Dispose();
        }
        _toFirst.Dispose();
        _toSecond.Dispose();
        _fromFirst?.Dispose();
        _fromSecond?.Dispose();
    }

    // The token is with the first end, then with the second, and so on.
    private void Relay()
    {
        try
        {
            while (Carry(_fromFirst!, _toSecond, ref _carriedFromFirst) && Carry(_fromSecond!, _toFirst, ref _carriedFromSecond)) { }
        }
        catch (Exception failure) when (failure is not null)
        {
            Failure = failure;
        }
    }

    private bool Carry(Eventfd doorbell, Eventfd interrupt, ref long carried)
    {
        while (!doorbell.Wait(s_look))
        {
            if (_isStopped)
                return false;
        }
        if (!doorbell.TryRead(out var count) || count != 1)
            throw new InvalidOperationException($"One signal was sent, and {count} came.");
        Interlocked.Increment(ref carried);
        interrupt.Signal();
        return true;
    }
}
