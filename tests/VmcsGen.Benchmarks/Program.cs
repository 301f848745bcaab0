using BenchmarkDotNet.Running;
using VmcsGen.Benchmarks;

// "disassembly" prints the machine code of the accessors; anything else goes to the benchmark harness.
if (args is ["disassembly", ..])
    return Disassembly.Print();
if (args is [Disassembly.WarmUp])
    return Disassembly.Run();
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
