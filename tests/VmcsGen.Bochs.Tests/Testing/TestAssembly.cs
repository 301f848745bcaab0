using System.Runtime.Versioning;
using VmcsGen.Vmx.Bochs.Tests.Testing;
using Xunit;

// An emulator that waits takes a processor core: one at a time.
[assembly: CollectionBehavior(CollectionBehavior.CollectionPerAssembly, DisableTestParallelization = true)]

[assembly: SupportedOSPlatform("linux")]

// The cases of a model one after the other, for the sake of MachinePool.
[assembly: TestCaseOrderer(typeof(WrittenOrder))]
