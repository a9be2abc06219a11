import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import type { Log } from "../log.ts";

/** What the proxy port shows its clients, in PEM: the certificate with those that vouch for it, and its key. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** Paths of the two files. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** Milliseconds between looks at the files. They are small, and reading them also sees a swapped symbolic link. */
const LOOK_EVERY = 2_000;

/** @throws Error that names the files when they cannot be read or do not fit together. */
export async function readCertificate(files: CertificateFiles): Promise<Certificate> {
  try {
    const [cert, key] = await Promise.all([readFile(files.cert, "utf8"), readFile(files.key, "utf8")]);
    // OpenSSL itself is content with no certificate at all, as in a file that is just being written.
    if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)))
      throw new Error("they do not belong together");
    createSecureContext({ cert, key });
    return { cert, key };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `The certificate ${files.cert} with the key ${files.key} cannot be used (${why}): ` +
        "write a certificate and the key that belongs to it, both in PEM.",
    );
  }
}

/**
 * Calls `onChange` whenever the files hold another certificate than `current`. While they hold none that can be used, the last
 * good one stays, and the log says so once.
 * @returns ends it.
 */
export function followCertificate(
  files: CertificateFiles,
  current: Certificate,
  onChange: (certificate: Certificate) => void,
  log: Log,
  lookEvery = LOOK_EVERY,
): () => void {
  let known = current;
  let complaint = "";
  const look = async (): Promise<void> => {
    try {
      const found = await readCertificate(files);
      complaint = "";
      if (found.cert === known.cert && found.key === known.key) return;
      known = found;
      onChange(found);
      log.info("the certificate of the proxy port was renewed", { file: files.cert });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (why !== complaint) log.error("the certificate of the proxy port stays as it was", { why });
      complaint = why;
    }
  };
  const timer = setInterval(() => void look(), lookEvery);
  timer.unref();
  return () => clearInterval(timer);
}
