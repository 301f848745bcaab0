using System;
using VmcsGen.Site;

if (args is not [var repository, var directory, .. var options] || options is not ([] or ["--no-api"]))
{
    Console.Error.WriteLine("usage: VmcsGen.Site REPOSITORY DIRECTORY [--no-api]");
    return 2;
}
var pages = SitePages.Of(repository, hasApi: options.Length == 0);
pages.Write(directory);
Console.WriteLine($"{pages.Pages.Count} pages of specs, {pages.Documents.Count} files of the repository.");
return 0;
