namespace VmcsGen.Vmm;

/// <summary>Serves a descriptor on which something has happened, on the thread of the loop. It must not wait.</summary>
/// <param name="happened">What has happened.</param>
public delegate void EventSourceHandler(EventKinds happened);
