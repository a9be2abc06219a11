const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};

/** A size as people write it (`512B`, `64KiB`, `1.5MB`, `2GiB`) in whole bytes; undefined: it is none. */
export function bytesOf(written: string): number | undefined {
  const [, digits, unit = ""] = /^(\d{1,9}(?:\.\d{1,3})?) ?([KMG]?i?B)$/.exec(written) ?? [];
  const bytes = Math.round(Number(digits) * (UNITS[unit] ?? Number.NaN));
  return Number.isNaN(bytes) ? undefined : bytes;
}
