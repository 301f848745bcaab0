using System.Runtime.Versioning;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

// Some tests count this process's descriptors and mappings, lower its limits or make libc calls fail: no other may run meanwhile.
[assembly: CollectionBehavior(CollectionBehavior.CollectionPerAssembly, DisableTestParallelization = true)]

[assembly: SupportedOSPlatform("linux")]

[assembly: AssemblyFixture(typeof(MetInterface))]
