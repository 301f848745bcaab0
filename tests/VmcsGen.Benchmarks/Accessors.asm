VmcsGen.Benchmarks.Accessors:TypedWrite(VmcsGen.Vmx.Vmcs`1[VmcsGen.Vmx.Vmcs12Image],nuint)
G_M000_IG01:
G_M000_IG02:
       mov      qword ptr [rsi+0x220], rdx
G_M000_IG03:
       ret

VmcsGen.Benchmarks.Accessors:BitUpdate(VmcsGen.Vmx.Vmcs`1[VmcsGen.Vmx.Vmcs12Image])
G_M000_IG01:
       push     rax
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
       mov      eax, edx
       shr      eax, 10
       mov      ecx, edx
       and      ecx, 0x3FF
       shl      ecx, 5
       or       eax, ecx
       cmp      edx, 0x7FFF
       ja       SHORT G_M000_IG08
G_M000_IG03:
       cmp      eax, 0x680
       jae      SHORT G_M000_IG08
       mov      eax, eax
       mov      rcx, 0xD1FFAB1E
       movzx    rax, word  ptr [rcx+2*rax]
       cmp      rax, 0xFFFF
       je       SHORT G_M000_IG08
       mov      ecx, edx
       and      ecx, 0x2001
       cmp      ecx, 0x2000
       je       SHORT G_M000_IG06
       test     edx, 0x6001
       jne      SHORT G_M000_IG04
       movzx    rcx, word  ptr [rsi+rax]
       jmp      SHORT G_M000_IG05
G_M000_IG04:
       mov      ecx, dword ptr [rsi+rax]
G_M000_IG05:
       mov      eax, ecx
       jmp      SHORT G_M000_IG07
G_M000_IG06:
       mov      rax, qword ptr [rsi+rax]
G_M000_IG07:
       xor      ecx, ecx
       jmp      SHORT G_M000_IG09
G_M000_IG08:
       xor      eax, eax
       mov      ecx, 12
G_M000_IG09:
       xor      edx, edx
       test     ecx, ecx
       cmovne   rax, rdx
G_M000_IG10:
       pop      rbp
       ret
