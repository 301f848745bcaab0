using System;
using VmcsGen.Site;

if (args is not [var repository, var directory])
{
    Console.Error.WriteLine("usage: VmcsGen.Site REPOSITORY DIRECTORY");
    return 2;
}
var pages = SitePages.Of(repository);
pages.Write(directory);
Console.WriteLine($"{pages.Pages.Count} pages of specs, {pages.Documents.Count} files of the repository.");
return 0;
