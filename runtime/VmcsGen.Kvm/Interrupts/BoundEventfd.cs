using System;

namespace VmcsGen.Kvm;

/// <summary>An eventfd that a binding uses: the caller's, or if there is none the binding's own.</summary>
internal sealed class BoundEventfd(Eventfd? given)
{
    private bool _held;

    internal Eventfd Eventfd { get; } = given ?? Eventfd.Create();

    internal int Descriptor => (int)Eventfd.DangerousGetHandle();

    /// <summary>Keeps the descriptor open.</summary>
    /// <exception cref="ObjectDisposedException">It was closed.</exception>
    /// <exception cref="ArgumentException">There is none.</exception>
    internal void Hold()
    {
        if (Eventfd.IsInvalid && !Eventfd.IsClosed)
            throw new ArgumentException("The handle holds no open descriptor.", nameof(given));
        Eventfd.DangerousAddRef(ref _held);
    }

    /// <summary>Lets the descriptor be closed.</summary>
    internal void Release()
    {
        if (_held)
            Eventfd.DangerousRelease();
        _held = false;
    }

    /// <summary>Closes what is the binding's own.</summary>
    internal void DisposeOwned()
    {
        if (given is null)
            Eventfd.Dispose();
    }
}
