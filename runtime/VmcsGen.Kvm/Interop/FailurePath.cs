using System;
using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace VmcsGen.Kvm.Interop;

/// <summary>
/// Has the assemblies loaded that a failure is put into words with. A process that has no descriptors left could not load them any
/// more, and would report that it misses an assembly instead of what failed. Called where the library begins to take resources.
/// </summary>
internal static class FailurePath
{
    private static bool s_isPrepared;

    internal static void Prepare()
    {
        if (!s_isPrepared)
            PrepareNow();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void PrepareNow()
    {
        s_isPrepared = true;
        try
        {
            Load();
        }
        catch (IOException)
        {
            // Too late, and nothing has failed yet.
        }
    }

    // A type of each assembly; the compiler of methods loads what it finds named. By itself, so that the exception is caught.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Load()
    {
        ReadOnlySpan<Type> types =
        [
            typeof(SortedDictionary<,>),
            typeof(FrozenDictionary),
            typeof(Enumerable),
            typeof(MemoryMarshal),
            typeof(Marshal),
            typeof(Thread),
            typeof(Interlocked),
            typeof(ConcurrentStack<>),
            typeof(RuntimeInformation),
        ];
        foreach (Type type in types)
            GC.KeepAlive(type);
    }
}
