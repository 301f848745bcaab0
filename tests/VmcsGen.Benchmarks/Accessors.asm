VmcsGen.Benchmarks.Accessors:TypedWrite(VmcsGen.Vmx.Vmcs`1[VmcsGen.Vmx.Vmcs12Image],nuint)
G_M000_IG01:
G_M000_IG02:
       mov      qword ptr [rsi+0x220], rdx
G_M000_IG03:
       ret

VmcsGen.Benchmarks.Accessors:BitUpdate(VmcsGen.Vmx.Vmcs`1[VmcsGen.Vmx.Vmcs12Image])
G_M000_IG01:
       push     rax
       xor      eax, eax
       mov      qword ptr [rsp], rax
G_M000_IG02:
       mov      rax, rsi
       mov      eax, dword ptr [rax+0x2E8]
       or       eax, 8
       mov      dword ptr [rsp], eax
       mov      eax, dword ptr [rsp]
       mov      dword ptr [rsi+0x2E8], eax
G_M000_IG03:
       add      rsp, 8
       ret

VmcsGen.Benchmarks.Accessors:SeveralFields(VmcsGen.Vmx.Vmcs`1[VmcsGen.Vmx.Vmcs12Image],nuint,nuint)
G_M000_IG01:
G_M000_IG02:
       mov      rax, rsi
       mov      qword ptr [rax+0x220], rdx
       mov      rax, rsi
       mov      qword ptr [rax+0x218], rcx
       mov      rax, rsi
       mov      qword ptr [rax+0x228], 2
       mov      qword ptr [rsi+0xB0], -1
G_M000_IG03:
       ret

VmcsGen.Benchmarks.Accessors:TypedRead(VmcsGen.Vmx.Vmcs`1[VmcsGen.Vmx.Vmcs12Image]):nuint
G_M000_IG01:
G_M000_IG02:
       mov      rax, qword ptr [rsi+0x220]
G_M000_IG03:
       ret

VmcsGen.Benchmarks.Accessors:ConstantEncodingRead(VmcsGen.Vmx.Vmcs12Image):ulong
G_M000_IG01:
G_M000_IG02:
       mov      rax, qword ptr [rsi+0x1B0]
G_M000_IG03:
       ret

VmcsGen.Benchmarks.Accessors:EncodingRead(VmcsGen.Vmx.Vmcs12Image,uint):ulong
G_M000_IG01:
       push     rbp
       mov      rbp, rsp
G_M000_IG02:
       imul     eax, edx, 0xD1FFAB1E
       shr      eax, 17
       cmp      edx, 0x7FFF
       ja       SHORT G_M000_IG04
G_M000_IG03:
       cmp      eax, 0x680
       jae      SHORT G_M000_IG04
       mov      eax, eax
       mov      rcx, 0xD1FFAB1E
       mov      eax, dword ptr [rcx+4*rax]
       test     eax, eax
       jge      SHORT G_M000_IG05
G_M000_IG04:
       xor      eax, eax
       mov      ecx, 12
       jmp      SHORT G_M000_IG06
G_M000_IG05:
       mov      ecx, eax
       shr      rcx, 8
       shrx     rax, qword ptr [rsi+rcx], rax
       xor      ecx, ecx
G_M000_IG06:
       xor      edx, edx
       test     ecx, ecx
       cmovne   rax, rdx
G_M000_IG07:
       pop      rbp
       ret
