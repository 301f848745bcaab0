namespace VmcsGen.Tool.Import;

/// <summary>Something that an import changed in a spec.</summary>
/// <param name="Path">The spec.</param>
/// <param name="Item">The item.</param>
/// <param name="IsNew">Whether the item was not there before.</param>
internal sealed record ImportChange(string Path, string Item, bool IsNew);
