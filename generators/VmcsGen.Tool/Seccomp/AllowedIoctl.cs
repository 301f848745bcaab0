namespace VmcsGen.Tool.Seccomp;

/// <summary>An ioctl that a program makes.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Request">Its request number.</param>
/// <param name="Descriptor">What it is called on: system, vm, vcpu, device, or a C# type of the specs.</param>
internal readonly record struct AllowedIoctl(string Name, uint Request, string Descriptor);
