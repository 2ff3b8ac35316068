/**
 * The environment variables that tell glibc how to hand out memory to a process that computes. They
 * have no effect on other systems.
 *
 * Memory comes in pages of 2 MB, and blocks of up to 256 MB are used again rather than given back
 * and asked for anew. On SmolLM2-135M with two cores, the logit lens takes 0.79 s in place of 0.96,
 * and 64 tokens are written in 1.16 s in place of 1.32. Up to 512 MB of free memory stay with the
 * process.
 */
export const ALLOCATION: Readonly<Record<string, string>> = {
  GLIBC_TUNABLES: [
    "glibc.malloc.hugetlb=1",
    `glibc.malloc.mmap_threshold=${256 * 2 ** 20}`,
    `glibc.malloc.trim_threshold=${512 * 2 ** 20}`,
  ].join(":"),
};
