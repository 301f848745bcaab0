namespace VmcsGen.Kvm;

/// <summary>
/// Features that CPUID tells of by one bit. Native names are those of Linux in /proc/cpuinfo, where it has one. The value is
/// the place: bits 4:0 the bit, 6:5 the register (EAX, EBX, ECX, EDX), 14:7 the subleaf, 22:15 the low byte of the leaf, 31:30 its
/// range (0 basic, 1 hypervisor, 2 extended).
/// </summary>
/// <remarks>Source: SDM 2A, CPUID; AMD APM 3, appendix E; Documentation/virt/kvm/x86/cpuid.rst for KVM's own.</remarks>
public enum CpuidFeature : uint
{
    /// <summary>SSE3: leaf 0x1, ECX bit 0.</summary>
    [NativeName("pni")]
    Sse3 = 0x00008040,

    /// <summary>PCLMULQDQ, carry-less multiplication: leaf 0x1, ECX bit 1.</summary>
    [NativeName("pclmulqdq")]
    Pclmulqdq = 0x00008041,

    /// <summary>MONITOR and MWAIT: leaf 0x1, ECX bit 3.</summary>
    [NativeName("monitor")]
    Monitor = 0x00008043,

    /// <summary>Intel VMX: leaf 0x1, ECX bit 5.</summary>
    [NativeName("vmx")]
    Vmx = 0x00008045,

    /// <summary>Safer mode extensions: leaf 0x1, ECX bit 6.</summary>
    [NativeName("smx")]
    Smx = 0x00008046,

    /// <summary>SSSE3: leaf 0x1, ECX bit 9.</summary>
    [NativeName("ssse3")]
    Ssse3 = 0x00008049,

    /// <summary>FMA with YMM registers: leaf 0x1, ECX bit 12.</summary>
    [NativeName("fma")]
    Fma = 0x0000804C,

    /// <summary>CMPXCHG16B: leaf 0x1, ECX bit 13.</summary>
    [NativeName("cx16")]
    Cmpxchg16b = 0x0000804D,

    /// <summary>IA32_PERF_CAPABILITIES: leaf 0x1, ECX bit 15.</summary>
    [NativeName("pdcm")]
    Pdcm = 0x0000804F,

    /// <summary>Process-context identifiers: leaf 0x1, ECX bit 17.</summary>
    [NativeName("pcid")]
    Pcid = 0x00008051,

    /// <summary>SSE4.1: leaf 0x1, ECX bit 19.</summary>
    [NativeName("sse4_1")]
    Sse41 = 0x00008053,

    /// <summary>SSE4.2: leaf 0x1, ECX bit 20.</summary>
    [NativeName("sse4_2")]
    Sse42 = 0x00008054,

    /// <summary>x2APIC mode of the local APIC: leaf 0x1, ECX bit 21.</summary>
    [NativeName("x2apic")]
    X2Apic = 0x00008055,

    /// <summary>MOVBE: leaf 0x1, ECX bit 22.</summary>
    [NativeName("movbe")]
    Movbe = 0x00008056,

    /// <summary>POPCNT: leaf 0x1, ECX bit 23.</summary>
    [NativeName("popcnt")]
    Popcnt = 0x00008057,

    /// <summary>One-shot mode of the APIC timer by a TSC value: leaf 0x1, ECX bit 24.</summary>
    [NativeName("tsc_deadline_timer")]
    TscDeadline = 0x00008058,

    /// <summary>AES instructions: leaf 0x1, ECX bit 25.</summary>
    [NativeName("aes")]
    Aes = 0x00008059,

    /// <summary>XSAVE, XRSTOR, XSETBV and XGETBV: leaf 0x1, ECX bit 26.</summary>
    [NativeName("xsave")]
    Xsave = 0x0000805A,

    /// <summary>CR4.OSXSAVE is set; KVM keeps it up to date: leaf 0x1, ECX bit 27.</summary>
    Osxsave = 0x0000805B,

    /// <summary>AVX: leaf 0x1, ECX bit 28.</summary>
    [NativeName("avx")]
    Avx = 0x0000805C,

    /// <summary>Conversion of 16-bit floating-point numbers: leaf 0x1, ECX bit 29.</summary>
    [NativeName("f16c")]
    F16c = 0x0000805D,

    /// <summary>RDRAND: leaf 0x1, ECX bit 30.</summary>
    [NativeName("rdrand")]
    Rdrand = 0x0000805E,

    /// <summary>The processor is virtual: leaf 0x1, ECX bit 31.</summary>
    [NativeName("hypervisor")]
    Hypervisor = 0x0000805F,

    /// <summary>x87 floating-point unit: leaf 0x1, EDX bit 0.</summary>
    [NativeName("fpu")]
    Fpu = 0x00008060,

    /// <summary>Virtual 8086 mode enhancements: leaf 0x1, EDX bit 1.</summary>
    [NativeName("vme")]
    Vme = 0x00008061,

    /// <summary>Debugging extensions, CR4.DE: leaf 0x1, EDX bit 2.</summary>
    [NativeName("de")]
    Debugging = 0x00008062,

    /// <summary>Pages of 4 MiB: leaf 0x1, EDX bit 3.</summary>
    [NativeName("pse")]
    Pse = 0x00008063,

    /// <summary>Time-stamp counter: leaf 0x1, EDX bit 4.</summary>
    [NativeName("tsc")]
    Tsc = 0x00008064,

    /// <summary>RDMSR and WRMSR: leaf 0x1, EDX bit 5.</summary>
    [NativeName("msr")]
    Msr = 0x00008065,

    /// <summary>Physical address extension: leaf 0x1, EDX bit 6.</summary>
    [NativeName("pae")]
    Pae = 0x00008066,

    /// <summary>Machine-check exception: leaf 0x1, EDX bit 7.</summary>
    [NativeName("mce")]
    Mce = 0x00008067,

    /// <summary>CMPXCHG8B: leaf 0x1, EDX bit 8.</summary>
    [NativeName("cx8")]
    Cmpxchg8b = 0x00008068,

    /// <summary>Local APIC: leaf 0x1, EDX bit 9.</summary>
    [NativeName("apic")]
    Apic = 0x00008069,

    /// <summary>SYSENTER and SYSEXIT: leaf 0x1, EDX bit 11.</summary>
    [NativeName("sep")]
    Sep = 0x0000806B,

    /// <summary>Memory type range registers: leaf 0x1, EDX bit 12.</summary>
    [NativeName("mtrr")]
    Mtrr = 0x0000806C,

    /// <summary>Global pages: leaf 0x1, EDX bit 13.</summary>
    [NativeName("pge")]
    Pge = 0x0000806D,

    /// <summary>Machine-check architecture: leaf 0x1, EDX bit 14.</summary>
    [NativeName("mca")]
    Mca = 0x0000806E,

    /// <summary>Conditional moves: leaf 0x1, EDX bit 15.</summary>
    [NativeName("cmov")]
    Cmov = 0x0000806F,

    /// <summary>Page attribute table: leaf 0x1, EDX bit 16.</summary>
    [NativeName("pat")]
    Pat = 0x00008070,

    /// <summary>4 MiB pages above 4 GiB: leaf 0x1, EDX bit 17.</summary>
    [NativeName("pse36")]
    Pse36 = 0x00008071,

    /// <summary>CLFLUSH: leaf 0x1, EDX bit 19.</summary>
    [NativeName("clflush")]
    Clflush = 0x00008073,

    /// <summary>MMX: leaf 0x1, EDX bit 23.</summary>
    [NativeName("mmx")]
    Mmx = 0x00008077,

    /// <summary>FXSAVE and FXRSTOR: leaf 0x1, EDX bit 24.</summary>
    [NativeName("fxsr")]
    Fxsr = 0x00008078,

    /// <summary>SSE: leaf 0x1, EDX bit 25.</summary>
    [NativeName("sse")]
    Sse = 0x00008079,

    /// <summary>SSE2: leaf 0x1, EDX bit 26.</summary>
    [NativeName("sse2")]
    Sse2 = 0x0000807A,

    /// <summary>Self snoop: leaf 0x1, EDX bit 27.</summary>
    [NativeName("ss")]
    SelfSnoop = 0x0000807B,

    /// <summary>The package has several logical processors: leaf 0x1, EDX bit 28.</summary>
    [NativeName("ht")]
    HyperThreading = 0x0000807C,

    /// <summary>RDFSBASE, WRFSBASE and those of GS: leaf 0x7.0, EBX bit 0.</summary>
    [NativeName("fsgsbase")]
    FsGsBase = 0x00038020,

    /// <summary>IA32_TSC_ADJUST: leaf 0x7.0, EBX bit 1.</summary>
    [NativeName("tsc_adjust")]
    TscAdjust = 0x00038021,

    /// <summary>Software guard extensions: leaf 0x7.0, EBX bit 2.</summary>
    [NativeName("sgx")]
    Sgx = 0x00038022,

    /// <summary>Bit manipulation, first group: leaf 0x7.0, EBX bit 3.</summary>
    [NativeName("bmi1")]
    Bmi1 = 0x00038023,

    /// <summary>Hardware lock elision: leaf 0x7.0, EBX bit 4.</summary>
    [NativeName("hle")]
    Hle = 0x00038024,

    /// <summary>AVX2: leaf 0x7.0, EBX bit 5.</summary>
    [NativeName("avx2")]
    Avx2 = 0x00038025,

    /// <summary>Supervisor-mode execution prevention: leaf 0x7.0, EBX bit 7.</summary>
    [NativeName("smep")]
    Smep = 0x00038027,

    /// <summary>Bit manipulation, second group: leaf 0x7.0, EBX bit 8.</summary>
    [NativeName("bmi2")]
    Bmi2 = 0x00038028,

    /// <summary>Fast REP MOVSB and STOSB: leaf 0x7.0, EBX bit 9.</summary>
    [NativeName("erms")]
    Erms = 0x00038029,

    /// <summary>INVPCID: leaf 0x7.0, EBX bit 10.</summary>
    [NativeName("invpcid")]
    Invpcid = 0x0003802A,

    /// <summary>Restricted transactional memory: leaf 0x7.0, EBX bit 11.</summary>
    [NativeName("rtm")]
    Rtm = 0x0003802B,

    /// <summary>AVX-512 foundation: leaf 0x7.0, EBX bit 16.</summary>
    [NativeName("avx512f")]
    Avx512F = 0x00038030,

    /// <summary>AVX-512 doublewords and quadwords: leaf 0x7.0, EBX bit 17.</summary>
    [NativeName("avx512dq")]
    Avx512Dq = 0x00038031,

    /// <summary>RDSEED: leaf 0x7.0, EBX bit 18.</summary>
    [NativeName("rdseed")]
    Rdseed = 0x00038032,

    /// <summary>ADCX and ADOX: leaf 0x7.0, EBX bit 19.</summary>
    [NativeName("adx")]
    Adx = 0x00038033,

    /// <summary>Supervisor-mode access prevention: leaf 0x7.0, EBX bit 20.</summary>
    [NativeName("smap")]
    Smap = 0x00038034,

    /// <summary>AVX-512 integer fused multiply-add: leaf 0x7.0, EBX bit 21.</summary>
    [NativeName("avx512ifma")]
    Avx512Ifma = 0x00038035,

    /// <summary>CLFLUSHOPT: leaf 0x7.0, EBX bit 23.</summary>
    [NativeName("clflushopt")]
    ClflushOpt = 0x00038037,

    /// <summary>CLWB: leaf 0x7.0, EBX bit 24.</summary>
    [NativeName("clwb")]
    Clwb = 0x00038038,

    /// <summary>Intel Processor Trace: leaf 0x7.0, EBX bit 25.</summary>
    [NativeName("intel_pt")]
    IntelPt = 0x00038039,

    /// <summary>AVX-512 conflict detection: leaf 0x7.0, EBX bit 28.</summary>
    [NativeName("avx512cd")]
    Avx512Cd = 0x0003803C,

    /// <summary>SHA instructions: leaf 0x7.0, EBX bit 29.</summary>
    [NativeName("sha_ni")]
    Sha = 0x0003803D,

    /// <summary>AVX-512 bytes and words: leaf 0x7.0, EBX bit 30.</summary>
    [NativeName("avx512bw")]
    Avx512Bw = 0x0003803E,

    /// <summary>AVX-512 vector lengths: leaf 0x7.0, EBX bit 31.</summary>
    [NativeName("avx512vl")]
    Avx512Vl = 0x0003803F,

    /// <summary>AVX-512 vector byte manipulation: leaf 0x7.0, ECX bit 1.</summary>
    [NativeName("avx512vbmi")]
    Avx512Vbmi = 0x00038041,

    /// <summary>User-mode instruction prevention: leaf 0x7.0, ECX bit 2.</summary>
    [NativeName("umip")]
    Umip = 0x00038042,

    /// <summary>Protection keys for user pages: leaf 0x7.0, ECX bit 3.</summary>
    [NativeName("pku")]
    Pku = 0x00038043,

    /// <summary>CR4.PKE is set; KVM keeps it up to date: leaf 0x7.0, ECX bit 4.</summary>
    [NativeName("ospke")]
    Ospke = 0x00038044,

    /// <summary>TPAUSE, UMONITOR and UMWAIT: leaf 0x7.0, ECX bit 5.</summary>
    [NativeName("waitpkg")]
    WaitPkg = 0x00038045,

    /// <summary>AVX-512 vector byte manipulation, second group: leaf 0x7.0, ECX bit 6.</summary>
    [NativeName("avx512_vbmi2")]
    Avx512Vbmi2 = 0x00038046,

    /// <summary>Shadow stacks: leaf 0x7.0, ECX bit 7.</summary>
    [NativeName("user_shstk")]
    CetShadowStack = 0x00038047,

    /// <summary>Galois field instructions: leaf 0x7.0, ECX bit 8.</summary>
    [NativeName("gfni")]
    Gfni = 0x00038048,

    /// <summary>AES with wide vectors: leaf 0x7.0, ECX bit 9.</summary>
    [NativeName("vaes")]
    Vaes = 0x00038049,

    /// <summary>PCLMULQDQ with wide vectors: leaf 0x7.0, ECX bit 10.</summary>
    [NativeName("vpclmulqdq")]
    Vpclmulqdq = 0x0003804A,

    /// <summary>AVX-512 neural network instructions: leaf 0x7.0, ECX bit 11.</summary>
    [NativeName("avx512_vnni")]
    Avx512Vnni = 0x0003804B,

    /// <summary>AVX-512 bit algorithms: leaf 0x7.0, ECX bit 12.</summary>
    [NativeName("avx512_bitalg")]
    Avx512Bitalg = 0x0003804C,

    /// <summary>AVX-512 population count: leaf 0x7.0, ECX bit 14.</summary>
    [NativeName("avx512_vpopcntdq")]
    Avx512Vpopcntdq = 0x0003804E,

    /// <summary>Five-level paging: leaf 0x7.0, ECX bit 16.</summary>
    [NativeName("la57")]
    La57 = 0x00038050,

    /// <summary>RDPID: leaf 0x7.0, ECX bit 22.</summary>
    [NativeName("rdpid")]
    Rdpid = 0x00038056,

    /// <summary>Debug exceptions for bus locks: leaf 0x7.0, ECX bit 24.</summary>
    [NativeName("bus_lock_detect")]
    BusLockDetect = 0x00038058,

    /// <summary>MOVDIRI: leaf 0x7.0, ECX bit 27.</summary>
    [NativeName("movdiri")]
    Movdiri = 0x0003805B,

    /// <summary>MOVDIR64B: leaf 0x7.0, ECX bit 28.</summary>
    [NativeName("movdir64b")]
    Movdir64b = 0x0003805C,

    /// <summary>Protection keys for supervisor pages: leaf 0x7.0, ECX bit 31.</summary>
    Pks = 0x0003805F,

    /// <summary>Fast short REP MOV: leaf 0x7.0, EDX bit 4.</summary>
    [NativeName("fsrm")]
    Fsrm = 0x00038064,

    /// <summary>AVX-512 VP2INTERSECT: leaf 0x7.0, EDX bit 8.</summary>
    [NativeName("avx512_vp2intersect")]
    Avx512Vp2intersect = 0x00038068,

    /// <summary>VERW clears processor buffers: leaf 0x7.0, EDX bit 10.</summary>
    [NativeName("md_clear")]
    MdClear = 0x0003806A,

    /// <summary>SERIALIZE: leaf 0x7.0, EDX bit 14.</summary>
    [NativeName("serialize")]
    Serialize = 0x0003806E,

    /// <summary>PCONFIG: leaf 0x7.0, EDX bit 18.</summary>
    [NativeName("pconfig")]
    Pconfig = 0x00038072,

    /// <summary>Indirect branch tracking: leaf 0x7.0, EDX bit 20.</summary>
    [NativeName("ibt")]
    CetIbt = 0x00038074,

    /// <summary>AMX with bfloat16: leaf 0x7.0, EDX bit 22.</summary>
    [NativeName("amx_bf16")]
    AmxBf16 = 0x00038076,

    /// <summary>AVX-512 with 16-bit floating point: leaf 0x7.0, EDX bit 23.</summary>
    [NativeName("avx512_fp16")]
    Avx512Fp16 = 0x00038077,

    /// <summary>AMX tiles: leaf 0x7.0, EDX bit 24.</summary>
    [NativeName("amx_tile")]
    AmxTile = 0x00038078,

    /// <summary>AMX with 8-bit integers: leaf 0x7.0, EDX bit 25.</summary>
    [NativeName("amx_int8")]
    AmxInt8 = 0x00038079,

    /// <summary>IA32_SPEC_CTRL with IBRS, and IA32_PRED_CMD with IBPB: leaf 0x7.0, EDX bit 26.</summary>
    SpecCtrl = 0x0003807A,

    /// <summary>Single-thread indirect branch predictors: leaf 0x7.0, EDX bit 27.</summary>
    Stibp = 0x0003807B,

    /// <summary>IA32_FLUSH_CMD: leaf 0x7.0, EDX bit 28.</summary>
    [NativeName("flush_l1d")]
    FlushL1d = 0x0003807C,

    /// <summary>IA32_ARCH_CAPABILITIES: leaf 0x7.0, EDX bit 29.</summary>
    [NativeName("arch_capabilities")]
    ArchCapabilities = 0x0003807D,

    /// <summary>Speculative store bypass disable: leaf 0x7.0, EDX bit 31.</summary>
    Ssbd = 0x0003807F,

    /// <summary>AVX neural network instructions: leaf 0x7.1, EAX bit 4.</summary>
    [NativeName("avx_vnni")]
    AvxVnni = 0x00038084,

    /// <summary>AVX-512 with bfloat16: leaf 0x7.1, EAX bit 5.</summary>
    [NativeName("avx512_bf16")]
    Avx512Bf16 = 0x00038085,

    /// <summary>Fast zero-length REP MOVSB: leaf 0x7.1, EAX bit 10.</summary>
    [NativeName("fzrm")]
    Fzrm = 0x0003808A,

    /// <summary>Fast short REP STOSB: leaf 0x7.1, EAX bit 11.</summary>
    [NativeName("fsrs")]
    Fsrs = 0x0003808B,

    /// <summary>Fast short REP CMPSB and SCASB: leaf 0x7.1, EAX bit 12.</summary>
    [NativeName("fsrc")]
    Fsrc = 0x0003808C,

    /// <summary>Flexible return and event delivery: leaf 0x7.1, EAX bit 17.</summary>
    [NativeName("fred")]
    Fred = 0x00038091,

    /// <summary>LKGS: leaf 0x7.1, EAX bit 18.</summary>
    [NativeName("lkgs")]
    Lkgs = 0x00038092,

    /// <summary>Linear address masking: leaf 0x7.1, EAX bit 26.</summary>
    [NativeName("lam")]
    Lam = 0x0003809A,

    /// <summary>XSAVEOPT: leaf 0xD.1, EAX bit 0.</summary>
    [NativeName("xsaveopt")]
    XsaveOpt = 0x00068080,

    /// <summary>XSAVEC: leaf 0xD.1, EAX bit 1.</summary>
    [NativeName("xsavec")]
    XsaveC = 0x00068081,

    /// <summary>XGETBV of register 1: leaf 0xD.1, EAX bit 2.</summary>
    [NativeName("xgetbv1")]
    Xgetbv1 = 0x00068082,

    /// <summary>XSAVES, XRSTORS and IA32_XSS: leaf 0xD.1, EAX bit 3.</summary>
    [NativeName("xsaves")]
    Xsaves = 0x00068083,

    /// <summary>Extended feature disable: leaf 0xD.1, EAX bit 4.</summary>
    Xfd = 0x00068084,

    /// <summary>kvmclock by its first MSRs: leaf 0x40000001, EAX bit 0.</summary>
    KvmClock = 0x40008000,

    /// <summary>kvmclock by its MSRs of today: leaf 0x40000001, EAX bit 3.</summary>
    KvmClock2 = 0x40008003,

    /// <summary>Asynchronous page faults: leaf 0x40000001, EAX bit 4.</summary>
    KvmAsyncPageFault = 0x40008004,

    /// <summary>Steal time: leaf 0x40000001, EAX bit 5.</summary>
    KvmStealTime = 0x40008005,

    /// <summary>End of interrupt without an exit: leaf 0x40000001, EAX bit 6.</summary>
    KvmPvEoi = 0x40008006,

    /// <summary>A hypercall wakes a halted vCPU: leaf 0x40000001, EAX bit 7.</summary>
    KvmPvUnhalt = 0x40008007,

    /// <summary>TLB flushes of vCPUs that do not run: leaf 0x40000001, EAX bit 9.</summary>
    KvmPvTlbFlush = 0x40008009,

    /// <summary>Several IPIs by one hypercall: leaf 0x40000001, EAX bit 11.</summary>
    KvmPvSendIpi = 0x4000800B,

    /// <summary>The guest decides whether the host polls: leaf 0x40000001, EAX bit 12.</summary>
    KvmPollControl = 0x4000800C,

    /// <summary>A hypercall yields to a preempted vCPU: leaf 0x40000001, EAX bit 13.</summary>
    KvmPvSchedYield = 0x4000800D,

    /// <summary>Asynchronous page faults by an interrupt: leaf 0x40000001, EAX bit 14.</summary>
    KvmAsyncPageFaultInterrupt = 0x4000800E,

    /// <summary>kvmclock is the same on all vCPUs: leaf 0x40000001, EAX bit 24.</summary>
    KvmClockStable = 0x40008018,

    /// <summary>LAHF and SAHF in 64-bit mode: leaf 0x80000001, ECX bit 0.</summary>
    [NativeName("lahf_lm")]
    LahfLong = 0x80008040,

    /// <summary>AMD SVM: leaf 0x80000001, ECX bit 2.</summary>
    [NativeName("svm")]
    Svm = 0x80008042,

    /// <summary>LZCNT: leaf 0x80000001, ECX bit 5.</summary>
    [NativeName("abm")]
    Lzcnt = 0x80008045,

    /// <summary>SSE4A: leaf 0x80000001, ECX bit 6.</summary>
    [NativeName("sse4a")]
    Sse4a = 0x80008046,

    /// <summary>Misaligned SSE mode: leaf 0x80000001, ECX bit 7.</summary>
    [NativeName("misalignsse")]
    MisalignedSse = 0x80008047,

    /// <summary>PREFETCHW: leaf 0x80000001, ECX bit 8.</summary>
    [NativeName("3dnowprefetch")]
    PrefetchW = 0x80008048,

    /// <summary>XOP: leaf 0x80000001, ECX bit 11.</summary>
    [NativeName("xop")]
    Xop = 0x8000804B,

    /// <summary>FMA4: leaf 0x80000001, ECX bit 16.</summary>
    [NativeName("fma4")]
    Fma4 = 0x80008050,

    /// <summary>Trailing bit manipulation: leaf 0x80000001, ECX bit 21.</summary>
    [NativeName("tbm")]
    Tbm = 0x80008055,

    /// <summary>Leaves 0x8000001D and 0x8000001E: leaf 0x80000001, ECX bit 22.</summary>
    [NativeName("topoext")]
    TopologyExtensions = 0x80008056,

    /// <summary>SYSCALL and SYSRET: leaf 0x80000001, EDX bit 11.</summary>
    [NativeName("syscall")]
    Syscall = 0x8000806B,

    /// <summary>No-execute pages: leaf 0x80000001, EDX bit 20.</summary>
    [NativeName("nx")]
    NoExecute = 0x80008074,

    /// <summary>AMD extensions to MMX: leaf 0x80000001, EDX bit 22.</summary>
    [NativeName("mmxext")]
    MmxExtensions = 0x80008076,

    /// <summary>FXSAVE and FXRSTOR without XMM registers: leaf 0x80000001, EDX bit 25.</summary>
    [NativeName("fxsr_opt")]
    FastFxsr = 0x80008079,

    /// <summary>Pages of 1 GiB: leaf 0x80000001, EDX bit 26.</summary>
    [NativeName("pdpe1gb")]
    HugePages = 0x8000807A,

    /// <summary>RDTSCP and IA32_TSC_AUX: leaf 0x80000001, EDX bit 27.</summary>
    [NativeName("rdtscp")]
    Rdtscp = 0x8000807B,

    /// <summary>64-bit mode: leaf 0x80000001, EDX bit 29.</summary>
    [NativeName("lm")]
    LongMode = 0x8000807D,

    /// <summary>The TSC runs at a constant rate in all states: leaf 0x80000007, EDX bit 8.</summary>
    [NativeName("constant_tsc")]
    InvariantTsc = 0x80038068,

    /// <summary>CLZERO: leaf 0x80000008, EBX bit 0.</summary>
    [NativeName("clzero")]
    Clzero = 0x80040020,

    /// <summary>XSAVE always saves the x87 error pointers: leaf 0x80000008, EBX bit 2.</summary>
    [NativeName("xsaveerptr")]
    XsaveErrorPointers = 0x80040022,

    /// <summary>WBNOINVD: leaf 0x80000008, EBX bit 9.</summary>
    [NativeName("wbnoinvd")]
    Wbnoinvd = 0x80040029,

    /// <summary>IA32_PRED_CMD: leaf 0x80000008, EBX bit 12.</summary>
    [NativeName("ibpb")]
    AmdIbpb = 0x8004002C,

    /// <summary>IA32_SPEC_CTRL with IBRS: leaf 0x80000008, EBX bit 14.</summary>
    AmdIbrs = 0x8004002E,

    /// <summary>Single-thread indirect branch predictors: leaf 0x80000008, EBX bit 15.</summary>
    [NativeName("stibp")]
    AmdStibp = 0x8004002F,

    /// <summary>Speculative store bypass disable by IA32_SPEC_CTRL: leaf 0x80000008, EBX bit 24.</summary>
    AmdSsbd = 0x80040038,
}
