using System;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>
/// The queues of a virtio device as descriptors that an <see cref="EventLoop"/> waits for, made by
/// <see cref="VirtioMmioTransport.ServeOn"/>: the guest rings, and the loop serves.
/// </summary>
[MustDispose]
public sealed class VirtioDoorbells : IDisposable
{
    private const int RegisterSize = 4;

    private readonly VirtioMmioTransport _transport;
    private readonly IoeventfdBinding?[] _bindings;
    private readonly EventSource?[] _sources;

    internal VirtioDoorbells(VirtioMmioTransport transport, int queues, EventLoop loop, KvmVm vm, ulong register)
    {
        _transport = transport;
        _bindings = new IoeventfdBinding[queues];
        _sources = new EventSource[queues];
        Eventfds = new Eventfd[queues];
        try
        {
            for (var i = 0; i < queues; i++)
            {
                var binding = _bindings[i] = vm.BindIoeventfd(register, RegisterSize, (uint)i);
                var (index, eventfd) = (i, Eventfds[i] = binding.Eventfd);
                _sources[i] = loop.Add(eventfd, EventKinds.Readable, _ => Serve(index, eventfd));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What rings for each queue.</summary>
    internal Eventfd[] Eventfds { get; }

    /// <summary>
    /// Lets the vCPUs serve the device again. Rings that the loop has not served are forgotten. Not to be called by a thread that serves
    /// the device.
    /// </summary>
    public void Dispose()
    {
        _transport.NoteEnd(this);
        foreach (var source in _sources)
            source?.Dispose();
        foreach (var binding in _bindings)
            binding?.Dispose();
    }

    private void Serve(int queue, Eventfd eventfd)
    {
        eventfd.TryRead(out _);
        _transport.ServeQueue(queue);
    }
}
