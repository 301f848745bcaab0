using System;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Threading;
using Xunit;

namespace VmcsGen.Kvm.Tests.Testing;

/// <summary>Does something on a thread of its own; a test that would wait for ever for it fails instead.</summary>
internal sealed class Worker
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(TestHost.Many(30, 180));

    private static readonly TimeSpan s_impatience = TimeSpan.FromMilliseconds(2);

    private readonly Thread _thread;
    private Exception? _failure;

    public Worker(Action body)
    {
        _thread = new Thread(() =>
        {
            try
            {
                body();
            }
            catch (Exception failure) when (failure is not null)
            {
                _failure = failure;
            }
        })
        {
            IsBackground = true,
        };
        _thread.Start();
    }

    public bool IsAlive => _thread.IsAlive;

    /// <summary>Does something that might never return.</summary>
    public static void Do(Action body) => new Worker(body).Finish();

    /// <summary>Waits for the end and passes on the exception, if the body ended with one.</summary>
    public void Finish() => Finish(s_patience);

    /// <summary>The same for a body that has much to do.</summary>
    public void Finish(TimeSpan patience)
    {
        Assert.True(_thread.Join(patience), $"The thread is still busy after {patience.TotalSeconds} seconds.");
        if (_failure is not null)
            ExceptionDispatchInfo.Throw(_failure);
    }

    /// <summary>
    /// Waits until something that another thread does is seen. It is a matter of microseconds: at first without giving the
    /// processor to others, who would keep it for milliseconds.
    /// </summary>
    public static void Await(Func<bool> condition)
    {
        var start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            var elapsed = Stopwatch.GetElapsedTime(start);
            Assert.True(elapsed < s_patience, $"It has not happened within {s_patience.TotalSeconds} seconds.");
            if (elapsed < s_impatience)
                Thread.SpinWait(10);
            else
                Thread.Yield();
        }
    }
}
