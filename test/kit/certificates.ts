import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The path of a file of `test/kit/certificates`. They are for these tests only, and hold from 2020 to 2120. */
export function certificatePath(name: string): string {
  return fileURLToPath(new URL(`./certificates/${name}`, import.meta.url));
}

/**
 * A certificate and its key, in PEM. `server` and `renewed` are vouched for by the authority in `ca.crt`, for localhost,
 * model.internal and 127.0.0.1; `stranger` by nobody.
 */
export function certificate(name: "server" | "renewed" | "stranger"): { readonly cert: string; readonly key: string } {
  const read = (kind: string) => readFileSync(certificatePath(`${name}.${kind}`), "utf8");
  return { cert: read("crt"), key: read("key") };
}
