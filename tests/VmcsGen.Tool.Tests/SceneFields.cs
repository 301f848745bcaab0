using System.Collections.Generic;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Tests;

namespace VmcsGen.Tool.Tests;

/// <summary>The fields of a scene's VMCS.</summary>
internal static class SceneFields
{
    public static Dictionary<VmcsField, ulong> Of(EntryScene scene)
    {
        var fields = new Dictionary<VmcsField, ulong>();
        foreach (ref readonly var info in VmcsFields.All)
        {
            if (scene.Capabilities.Supports(info.Field) && scene.Vmcs.Access.TryRead(info.Field, out var value).IsSuccess)
                fields.Add(info.Field, value);
        }
        return fields;
    }
}
