using System.Collections.Generic;
using Xunit.Sdk;
using Xunit.v3;

namespace VmcsGen.Vmx.Bochs.Tests.Testing;

/// <summary>Runs test cases in the order in which they are written.</summary>
public sealed class WrittenOrder : ITestCaseOrderer
{
    public IReadOnlyCollection<TTestCase> OrderTestCases<TTestCase>(IReadOnlyCollection<TTestCase> testCases)
        where TTestCase : notnull, ITestCase => testCases;
}
