// The generator names an enum of MSRs after its file, here the package's own spec.
// Where the package's checker has a VMCS from anywhere, there is the processor's here.
global using VmcsValues = BareMetal.ProcessorVmcs;
global using X86Msr = VmcsGen.X86.SpecX86Msrs;
