using System.Runtime.CompilerServices;

namespace System;

/// <summary>A method as a value. ilc writes the calls, and knows fields and methods by their names.</summary>
public abstract class Delegate
{
    internal object _firstParameter = null!;
    internal object _helperObject = null!;
    internal nint _extraFunctionPointerOrData;
    internal nint _functionPointer;

    // A method without an object: the call goes to a thunk of ilc's, which leaves the object out.
    private void InitializeOpenStaticThunk(object first, nint function, nint thunk)
    {
        _firstParameter = this;
        _functionPointer = thunk;
        _extraFunctionPointerOrData = function;
    }
}

public abstract class MulticastDelegate : Delegate;

public delegate void Action<in T>(T argument);
