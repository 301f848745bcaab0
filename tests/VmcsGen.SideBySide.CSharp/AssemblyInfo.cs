using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("VmcsGen.SideBySide")]
