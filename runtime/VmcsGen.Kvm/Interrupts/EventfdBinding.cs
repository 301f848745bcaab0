using System;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

/// <summary>
/// An eventfd that is bound to a VM: an <see cref="IrqfdBinding"/> or an <see cref="IoeventfdBinding"/>. The binding keeps the
/// eventfd's descriptor open, even if the eventfd is disposed of meanwhile. It stays until it is disposed of or the VM is gone; one
/// that is simply forgotten stays too. May be used from several threads.
/// </summary>
[MustDispose]
public abstract class EventfdBinding : IDisposable
{
    private readonly EventfdBindings _bindings;
    private readonly KvmDescriptor _vm;
    private readonly BoundEventfd _eventfd;

    private protected EventfdBinding(EventfdBindings bindings, Eventfd? eventfd)
    {
        _bindings = bindings;
        _vm = bindings.Vm;
        _eventfd = new BoundEventfd(eventfd);
    }

    /// <summary>The eventfd. If none was given, one made for this binding, which is disposed of with it.</summary>
    public Eventfd Eventfd => _eventfd.Eventfd;

    /// <summary>True until this was disposed of or the VM is gone.</summary>
    public bool IsBound => _bindings.Holds(this);

    /// <summary>The ioctl that binds.</summary>
    private protected abstract uint Request { get; }

    /// <summary>What is bound, for messages.</summary>
    private protected abstract string Place { get; }

    /// <summary>Ends the binding. When this returns, KVM does not use the eventfd any more.</summary>
    public void Dispose()
    {
        var vmHeld = false;
        try
        {
            _vm.DangerousAddRef(ref vmHeld);
            if (_bindings.Remove(this))
            {
                // KVM refuses this only if the binding was ended behind this object's back, by the ioctl itself.
                _ = Issue(_vm, _eventfd.Descriptor, isEnd: true);
                Release();
            }
        }
        catch (ObjectDisposedException)
        {
            // The VM is gone, and the binding with it.
        }
        finally
        {
            if (vmHeld)
                _vm.DangerousRelease();
        }
        DisposeOwned();
        GC.SuppressFinalize(this);
    }

    /// <summary>Makes KVM bind, or gives up everything that was taken for it.</summary>
    /// <exception cref="ObjectDisposedException">The VM or an eventfd was disposed of.</exception>
    /// <exception cref="KvmException">KVM refused.</exception>
    internal void Bind()
    {
        var vmHeld = false;
        try
        {
            _vm.DangerousAddRef(ref vmHeld);
            Hold();
            var result = Issue(_vm, _eventfd.Descriptor, isEnd: false);
            if (result < 0)
                throw _vm.Failure(Request, (Errno)(-result), Place);
            _bindings.Add(this);
        }
        catch
        {
            Release();
            DisposeOwned();
            throw;
        }
        finally
        {
            if (vmHeld)
                _vm.DangerousRelease();
        }
    }

    /// <summary>Lets the descriptors be closed: done by whoever takes the binding out of the VM's list, or by the VM's end.</summary>
    internal virtual void Release() => _eventfd.Release();

    /// <summary>Issues the ioctl, and returns what the kernel returns: a result, or a negated errno.</summary>
    private protected abstract int Issue(KvmDescriptor vm, int descriptor, bool isEnd);

    private protected virtual void Hold() => _eventfd.Hold();

    private protected virtual void DisposeOwned() => _eventfd.DisposeOwned();
}
