using BenchmarkDotNet.Running;
using VmcsGen.Benchmarks;

// "disassembly" prints the machine code of the accessors, "scale" how costs grow, "consumer" what the package costs a build,
// "bochs" what a guest costs there;
// anything else goes to the benchmark harness.
if (args is ["disassembly", ..])
    return Disassembly.Print();
if (args is [Disassembly.WarmUp])
    return Disassembly.Run();
if (args is ["scale", ..])
    return Scale.Print(args[1..]);
if (args is ["consumer", ..])
    return ConsumerCost.Print(args[1..]);
if (args is ["bochs", ..])
    return BochsCost.Print(args[1..]);
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
