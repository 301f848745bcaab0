namespace VmcsGen.Site.Pages;

/// <summary>The page that searches for what its address asks.</summary>
internal static class SearchPage
{
    /// <summary>The page.</summary>
    public static Page Page { get; } =
        Page.Markdown(
            "search.md",
            "Search",
            "Search",
            "Finds pages by name, number or word.",
            """
            # Search

            Write into the box above. `search.html?q=0x681E` is an address for a browser's own search.

            | | |
            | --- | --- |
            | a number | as people write it: `0x681E`, `681E`, `681Eh`, `26654` |
            | a name | in any spelling: `GUEST_RIP`, `GuestRip`, `guest-rip`; its beginning is enough |
            | words | pages that have all of them |
            """,
            isFound: false
        );
}
