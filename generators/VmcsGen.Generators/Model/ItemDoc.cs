using VmcsGen.Generators.Specs;

namespace VmcsGen.Generators.Model;

/// <summary>What is said about an item, for its documentation.</summary>
internal sealed record ItemDoc(
    string? Text = null,
    string? Native = null,
    string? Sdm = null,
    string? See = null,
    string? Since = null,
    string? Capability = null,
    string? Obsolete = null
);

internal static class ItemDocReader
{
    /// <summary>Reads what is said about an item.</summary>
    /// <param name="map">The item.</param>
    /// <param name="native">Its name where that is the kernel's; null where <c>linux</c> or <c>sdm</c> may state one.</param>
    public static ItemDoc Doc(this MapReader map, string? native = null) =>
        new(
            map.OptionalText("doc")?.Value,
            native ?? map.OptionalText("linux")?.Value,
            native is null ? map.OptionalText("sdm")?.Value : null,
            map.OptionalText("see")?.Value,
            map.OptionalText("since")?.Value,
            native is null ? null : map.OptionalText("capability")?.Value,
            native is null ? null : map.OptionalText("obsolete")?.Value
        );
}
