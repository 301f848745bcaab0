using System;
using System.Runtime.InteropServices;
using System.Threading;
using VmcsGen.Kvm;

namespace VmcsGen.Kvm.Interop;

/// <summary>
/// The signal that interrupts a thread inside KVM_RUN. Only its arrival matters: KVM_RUN returns EINTR when a signal is
/// pending, and the handler has nothing to do.
/// </summary>
/// <remarks>
/// The handler is libc's <c>abs</c>. It takes an int, touches neither memory nor errno, and is there in every libc. A
/// managed method cannot be used: the signal may arrive while its thread is in managed code, where entering the runtime
/// a second time is not allowed. SIG_IGN cannot be used either: the kernel drops an ignored signal without interrupting.
///
/// The signal is the highest real-time one that nobody handles yet. The .NET runtime uses SIGRTMIN (34) to suspend threads,
/// libc keeps 32 and 33 for itself, programs that number their own count up from SIGRTMIN, and tools such as valgrind take 64.
///
/// SA_RESTART lets a system call the signal meets outside KVM_RUN go on; KVM_RUN itself is not restarted. SA_ONSTACK
/// keeps off stacks that are too small for a signal frame, as other runtimes in the process may demand.
/// </remarks>
internal static unsafe class KickSignal
{
    private const int Highest = 63;
    private const int Lowest = 40;

    private static readonly Lock s_gate = new();
    private static volatile int s_number;

    /// <summary>Installs the handler once in the life of the process. Called before the first vCPU exists, so before any kick.</summary>
    internal static void EnsureInstalled()
    {
        if (s_number != 0)
            return;
        lock (s_gate)
        {
            if (s_number == 0)
                s_number = Install();
        }
    }

    /// <summary>The signal in a kernel's signal set. Good once the first vCPU exists.</summary>
    internal static ulong Bit => 1UL << (s_number - 1);

    /// <summary>Takes signals away that are pending for the calling thread, which blocks them.</summary>
    internal static void Discard() => Libc.DiscardSignal(s_number);

    /// <summary>Makes sure that the signal does what it is for: without a handler it would end the process, or go unnoticed.</summary>
    /// <exception cref="InvalidOperationException">It has no handler any more.</exception>
    internal static void RequireHandler()
    {
        SignalAction current;
        if (Libc.SignalAction(s_number, null, &current) != 0 || current.Handler is not (SignalAction.SIG_DFL or SignalAction.SIG_IGN))
            return;
        string effect = current.Handler == SignalAction.SIG_IGN ? "be ignored" : "end the process";
        throw new InvalidOperationException(
            $"Signal {s_number} was given a handler when the first vCPU was created, to kick threads out of KVM_RUN. Something in this "
                + $"process has taken the handler away, and the signal would {effect}. Leave it alone: programs choose another signal when "
                + "they find a handler that is not SIG_DFL."
        );
    }

    /// <summary>Sends the signal. False if the queue of real-time signals is full and the caller must try again.</summary>
    /// <remarks>tgkill names the process too: a thread id that was given to another process meanwhile is not hit.</remarks>
    /// <exception cref="InvalidOperationException">It has no handler any more.</exception>
    internal static bool TrySend(int threadId)
    {
        RequireHandler();
        if (Libc.SignalThread(Environment.ProcessId, threadId, s_number) == 0)
            return true;
        return Libc.LastErrno switch
        {
            Errno.EAGAIN => false,
            Errno.ESRCH => true, // The thread has ended, so it is not in KVM_RUN.
            Errno errno => throw new KvmException("tgkill", errno),
        };
    }

    private static int Install()
    {
        SignalAction action = new()
        {
            Handler = NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "abs"),
            Flags = SignalAction.SA_RESTART | SignalAction.SA_ONSTACK,
        };
        for (int signal = Highest; signal >= Lowest; signal--)
        {
            SignalAction current;
            if (Libc.SignalAction(signal, null, &current) != 0)
                throw new KvmException("sigaction", Libc.LastErrno, $"signal {signal}");
            // A second copy of this library in the process shares the handler.
            if (current.Handler != SignalAction.SIG_DFL && current.Handler != action.Handler)
                continue;
            if (Libc.SignalAction(signal, &action, null) != 0)
                throw new KvmException("sigaction", Libc.LastErrno, $"signal {signal}");
            return signal;
        }
        throw new InvalidOperationException(
            $"All real-time signals from {Lowest} to {Highest} have handlers, and a vCPU needs one to be kicked out of KVM_RUN. "
                + "Leave one of them to its default action before the first vCPU is created."
        );
    }
}
