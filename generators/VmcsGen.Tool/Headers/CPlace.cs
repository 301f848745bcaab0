namespace VmcsGen.Tool.Headers;

/// <summary>Where a header declares something.</summary>
/// <param name="Header">The header, as it was asked for: <c>linux/kvm.h</c>.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Order">The declaration's number among all.</param>
internal readonly record struct CPlace(string Header, int Line, int Order);
