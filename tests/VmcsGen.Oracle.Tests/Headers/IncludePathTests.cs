using System.IO;
using Xunit;

namespace VmcsGen.Oracle.Tests.Headers;

/// <summary>Headers of another kernel are compared, or the test says that it has none of them.</summary>
public class IncludePathTests
{
    [Theory]
    [InlineData("usr/include", "usr/include")]
    [InlineData("/usr/include:usr/include", "usr/include")]
    [InlineData("/no/such/folder:/usr/include", "/no/such/folder")]
    [InlineData("", "")]
    public void Folder_that_a_compiler_would_not_find_is_named(string folders, string wrong) =>
        Assert.Equal($"C_INCLUDE_PATH names '{wrong}', which is no folder by its whole path.", Tools.RelativeFolder(folders));

    [Fact]
    public void Folders_that_are_there_and_none_are_right()
    {
        Assert.Null(Tools.RelativeFolder(null));
        Assert.Null(Tools.RelativeFolder($"{Path.GetTempPath()}:/"));
    }
}
