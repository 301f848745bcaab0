namespace VmcsGen.Tool.Headers;

/// <summary>A declaration that no spec can say.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Place">Where it stands.</param>
/// <param name="Reason">Why.</param>
/// <param name="IsIoctl">Whether it is the request number of an ioctl.</param>
internal sealed record COther(string Name, CPlace Place, string Reason, bool IsIoctl = false);
