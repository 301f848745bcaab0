using System;

namespace VmcsGen.Kvm;

/// <summary>Puts an instruction into words.</summary>
/// <param name="bytes">Its bytes, up to 15; they may go beyond its end.</param>
/// <param name="codeSize">Size of the code in bits: 16, 32 or 64.</param>
/// <returns>The instruction, such as <c>vmovaps ymm0,ymm1</c>.</returns>
public delegate string InstructionDisassembler(ReadOnlySpan<byte> bytes, int codeSize);
