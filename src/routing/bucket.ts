/** Buckets are 0–9999, so a share has steps of 0.01 %. */
export const BUCKETS = 10_000;

/**
 * The bucket of a sticky key: MurmurHash3 x86 32-bit, seed 0, of the bytes of `salt:key`, modulo 10,000.
 * Source: Austin Appleby's public-domain MurmurHash3.cpp, whose test vectors pin this one.
 */
export function bucketOf(salt: string, key: string): number {
  return murmur3(key, 0, `${salt}:`) % BUCKETS;
}

/** MurmurHash3 x86 32-bit of `before` and `bytes`, one char per byte; unsigned. Joining the two would cost as much again. */
export function murmur3(bytes: string, seed = 0, before = ""): number {
  const split = before.length;
  const length = split + bytes.length;
  let hash = seed | 0;
  let word = 0;
  for (let i = 0; i < length; i++) {
    const byte = (i < split ? before.charCodeAt(i) : bytes.charCodeAt(i - split)) & 0xff;
    word |= byte << ((i & 3) << 3);
    if ((i & 3) < 3) continue;
    hash ^= mixWord(word);
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
    word = 0;
  }
  if ((length & 3) > 0) hash ^= mixWord(word);
  hash ^= length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function mixWord(word: number): number {
  const mixed = Math.imul(word, 0xcc9e2d51);
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
}
