namespace VmcsGen.Tool.Tests.Btf;

/// <summary>Debian's kernel of Linux 6.12.</summary>
public sealed class Linux612Kernel() : DebianKernel("6.12-cloud-amd64");
