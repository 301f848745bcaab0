using System;
using System.Collections.Generic;
using VmcsGen.Tool.Facts;

namespace VmcsGen.Site.Pages;

/// <summary>Pages of one kind of item, in one folder.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Title">What the items are called.</param>
/// <param name="Intro">What they are, in a sentence or two.</param>
/// <param name="Facts">The items.</param>
/// <param name="Heading">What an item is called.</param>
/// <param name="Address">Where an item's page lies in the folder, without the ending.</param>
internal sealed record Shelf(
    string Folder,
    string Title,
    string Intro,
    IReadOnlyList<Fact> Facts,
    Func<Fact, string> Heading,
    Func<Fact, string> Address
)
{
    /// <summary>Where an item's page lies, from the root of the site.</summary>
    public string PathOf(Fact fact) => $"{Folder}/{Address(fact)}.md";
}
