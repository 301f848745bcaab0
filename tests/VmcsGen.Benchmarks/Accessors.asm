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
       test     edx, -0x7000
       jne      SHORT G_M000_IG07
G_M000_IG03:
       test     dl, 1
       je       SHORT G_M000_IG04
       mov      eax, edx
       shr      eax, 13
       and      eax, 3
       cmp      eax, 1
       jne      SHORT G_M000_IG07
G_M000_IG04:
       mov      eax, edx
       shr      eax, 1
       and      eax, 511
       cmp      eax, 32
       jge      SHORT G_M000_IG07
       mov      ecx, edx
       sar      ecx, 11
       and      ecx, 12
       mov      r8d, edx
       sar      r8d, 10
       and      r8d, 3
       or       ecx, r8d
       shl      ecx, 5
       add      eax, ecx
       cmp      eax, 512
       jae      G_M000_IG20
       mov      rcx, 0xD1FFAB1E
       movzx    rax, word  ptr [rcx+2*rax]
       cmp      eax, 0xFFFF
       je       SHORT G_M000_IG05
       test     dl, 1
       jne      SHORT G_M000_IG06
G_M000_IG05:
       jmp      SHORT G_M000_IG08
G_M000_IG06:
       add      eax, 4
       jmp      SHORT G_M000_IG08
G_M000_IG07:
       mov      eax, 0xFFFF
G_M000_IG08:
       cmp      eax, 0xFFFF
       jne      SHORT G_M000_IG10
G_M000_IG09:
       xor      eax, eax
       mov      ecx, 12
       jmp      SHORT G_M000_IG18
G_M000_IG10:
       test     dl, 1
       jne      SHORT G_M000_IG13
       shr      edx, 13
       and      edx, 3
       jne      SHORT G_M000_IG11
       mov      ecx, 2
       jmp      SHORT G_M000_IG12
G_M000_IG11:
       mov      ecx, 4
       mov      r8d, 8
       cmp      edx, 2
       cmovne   ecx, r8d
G_M000_IG12:
       jmp      SHORT G_M000_IG14
G_M000_IG13:
       mov      ecx, 4
G_M000_IG14:
       cmp      ecx, 2
       jne      SHORT G_M000_IG15
       movsxd   rcx, eax
       movzx    rax, word  ptr [rsi+rcx]
       jmp      SHORT G_M000_IG17
G_M000_IG15:
       cmp      ecx, 4
       jne      SHORT G_M000_IG16
       cdqe
       mov      eax, dword ptr [rsi+rax]
       jmp      SHORT G_M000_IG17
G_M000_IG16:
       cdqe
       mov      rax, qword ptr [rsi+rax]
G_M000_IG17:
       xor      ecx, ecx
G_M000_IG18:
       xor      edx, edx
       test     ecx, ecx
       cmovne   rax, rdx
G_M000_IG19:
       pop      rbp
       ret
G_M000_IG20:
       call     CORINFO_HELP_RNGCHKFAIL
       int3
