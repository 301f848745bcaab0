using System;
using VmcsGen.Generators.Units;

namespace VmcsGen.Generators.Emit;

/// <summary>Text for every kind of unit.</summary>
internal static class Emitter
{
    public static string Emit(EmitUnit unit) =>
        unit switch
        {
            EnumUnit u => EnumEmitter.Emit(u),
            BitFieldUnit u => BitFieldEmitter.Emit(u),
            BitFieldExtensionUnit u => BitFieldEmitter.EmitExtension(u),
            FieldTableUnit u => FieldEmitter.EmitTable(u),
            FieldPropertiesUnit u => FieldEmitter.EmitProperties(u),
            FieldExtensionUnit u => FieldEmitter.EmitExtension(u),
            LayoutUnit u => LayoutEmitter.Emit(u),
            MsrUnit u => MsrEmitter.Emit(u),
            CpuidUnit u => CpuidEmitter.Emit(u),
            ControlWordsUnit u => ControlWordEmitter.Emit(u),
            StructUnit u => StructEmitter.Emit(u),
            IoctlNumbersUnit u => IoctlNumbersEmitter.Emit(u),
            IoctlMethodsUnit u => IoctlEmitter.Emit(u),
            SupportUnit u => SupportEmitter.Emit(u),
            AssemblySymbolsUnit u => SymbolsEmitter.Emit(u),
            SymbolsUnit u => SymbolsEmitter.Emit(u),
            _ => throw new InvalidOperationException($"No emitter for {unit.GetType().Name}."),
        };
}
