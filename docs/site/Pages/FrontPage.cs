using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Site.Pages;

/// <summary>The first page.</summary>
internal static class FrontPage
{
    /// <summary>Makes it.</summary>
    public static Page Of(IReadOnlyList<Shelf> shelves, int layouts, int diagnostics, bool hasApi)
    {
        IEnumerable<(string Folder, string Title, int Count, string Intro)> counts =
        [
            .. shelves.Select(static shelf => (shelf.Folder, shelf.Title, shelf.Facts.Count, shelf.Intro)),
            ("layouts", "Layouts", layouts, "Where hypervisors keep the fields of a VMCS in memory."),
            ("diagnostics", "Diagnostics", diagnostics, "What the generator says of specs, and the analyzers of code."),
        ];
        return Page.Markdown(
            "index.md",
            "VmcsGen",
            "VmcsGen",
            "Intel VMX and Linux KVM from C#: every VMCS field, struct and ioctl typed.",
            $"""
            # VmcsGen

            Intel VMX and Linux KVM from C#: every VMCS field, struct and ioctl typed, and a runtime that runs guests and executes VMX
            instructions. [Begin with the guide](README.md){(hasApi ? ", or with [the libraries](api/VmcsGen.Kvm.yml)" : "")}.

            ## Look something up

            The [search](search.md) knows numbers and names of each kind: `0x681E`, `GUEST_RIP`, `KVM_RUN`, `0xAE80`, `VMCS1008`. Addresses
            can be guessed: `fields/guest-rip.html`, `ioctls/kvm_run.html`.

            {Markdown.Table(
                ["", "", ""],
                counts.Select(static one => new[] { $"[{one.Title}]({one.Folder}/index.md)", $"{one.Count}", one.Intro })
            )}
            """,
            isFound: false
        );
    }
}
