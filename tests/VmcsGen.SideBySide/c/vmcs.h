// A vmcs12 in memory. vmcs12.inc has a line for each field, made from the library's own list: the field's name, its encoding
// and its offset.
static inline uint16_t rotated(uint16_t encoding)
{
    return (uint16_t)(encoding << 6 | encoding >> 10);
}

#define ROTATED(encoding) ((uint16_t)((encoding) << 6 | (encoding) >> 10))

// As KVM does it: a table indexed by the encoding rotated left by 6 bits, with an entry for each half of a 64-bit field.
static const uint16_t offsets[] = {
#define FIELD(name, encoding, offset) [ROTATED(encoding)] = offset,
#define FIELD64(name, encoding, offset) [ROTATED(encoding)] = offset, [ROTATED((encoding) | 1)] = offset + 4,
#include "vmcs12.inc"
#undef FIELD
#undef FIELD64
};

static const uint32_t fields[] = {
#define FIELD(name, encoding, offset) encoding,
#define FIELD64(name, encoding, offset) encoding,
#include "vmcs12.inc"
#undef FIELD
#undef FIELD64
};

enum {
#define FIELD(name, encoding, offset) offset_of_##name = offset,
#define FIELD64(name, encoding, offset) offset_of_##name = offset,
#include "vmcs12.inc"
#undef FIELD
#undef FIELD64
};

static inline int offset_of(uint64_t encoding)
{
    if (encoding >> 15)
        return -ENOENT;
    uint16_t index = rotated(encoding);
    if (index >= sizeof offsets / sizeof offsets[0])
        return -ENOENT;
    int offset = offsets[index];
    return offset ? offset : -ENOENT;
}

static inline uint64_t read_any(const uint8_t *page, uint32_t encoding, int offset)
{
    const uint8_t *place = page + offset;
    switch (encoding & 1 ? 2 : encoding >> 13 & 3) {
    case 0:
        return *(const uint16_t *)place;
    case 2:
        return *(const uint32_t *)place;
    default:
        return *(const uint64_t *)place;
    }
}

enum { sequence_length = 1024, page_count = 64 };

static uint32_t sequence[sequence_length];
static uint8_t *pages12[page_count];

static void prepare_pages(void)
{
    if (pages12[0])
        return;
    for (int i = 0; i < page_count; i++) {
        pages12[i] = malloc(page_size);
        for (int at = 0; at < page_size; at++)
            pages12[i][at] = (uint8_t)(at * 7 + i);
    }
    uint32_t number = 1;
    for (int i = 0; i < sequence_length; i++) {
        number = number * 1664525 + 1013904223;
        sequence[i] = fields[(number >> 16) % (sizeof fields / sizeof fields[0])];
    }
}

static void vmcs12_read_by_encoding(int count)
{
    prepare_pages();
    const uint8_t *page = pages12[0];
    uint64_t sum = 0;
    for (int done = 0; done < count; done += sequence_length) {
        for (int i = 0; i < sequence_length; i++) {
            int offset = offset_of(sequence[i]);
            if (offset >= 0)
                sum += read_any(page, sequence[i], offset);
        }
        __asm__ volatile("" : : : "memory");
    }
    sink = sum;
}

static void vmcs12_typed_read(int count)
{
    prepare_pages();
    uint64_t sum = 0;
    for (int done = 0; done < count; done += page_count) {
        for (int i = 0; i < page_count; i++)
            sum += *(const uint64_t *)(pages12[i] + offset_of_GuestRip);
        __asm__ volatile("" : : : "memory");
    }
    sink = sum;
}
