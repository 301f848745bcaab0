namespace VmcsGen.Tool.Tests.Btf;

/// <summary>The kernel of the lab <c>amd</c>.</summary>
public sealed class LabKernel() : DebianKernel("amd64");
