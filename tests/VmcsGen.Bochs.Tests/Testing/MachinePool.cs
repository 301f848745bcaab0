using System;

namespace VmcsGen.Vmx.Bochs.Tests.Testing;

/// <summary>
/// The machine of the model that was asked for last. Cases of a class share it, and come model by model. A case that ends the
/// machine disposes of it; the next one gets another.
/// </summary>
public sealed class MachinePool : IDisposable
{
    private BochsMachine? _machine;

    public BochsMachine Get(string model)
    {
        if (_machine?.Model != model)
        {
            Dispose();
            _machine = TestMachine.Start(model);
        }
        return _machine;
    }

    public void Dispose()
    {
        _machine?.Dispose();
        _machine = null;
    }
}
