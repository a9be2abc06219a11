import { isIP } from "node:net";
import { createSecureContext, type SecureContext } from "node:tls";
import type { TlsSettings } from "../routing/rules.ts";
import { readSmallFileSync } from "./small-file.ts";

/** How long a file of authorities is believed before it is read again, in milliseconds. */
const FRESH = 10_000;

/** How an endpoint is spoken to in TLS: who must vouch for it, and what it is called. */
export class EndpointTls {
  /** What is asked for and must stand in the certificate; undefined: the endpoint's address must. */
  readonly servername: string | undefined;
  private readonly caFile: string | undefined;
  private readonly now: () => number;
  private readonly warn: (message: string) => void;
  private context: SecureContext | undefined;
  private readAt = -Infinity;

  /** @param now milliseconds. @param warn something that an operator should know. */
  constructor(hostname: string, settings: TlsSettings | undefined, now: () => number, warn: (message: string) => void) {
    // RFC 6066 3: one asks for names, not for addresses.
    this.servername = settings?.servername ?? (isIP(hostname) === 0 ? hostname : undefined);
    this.caFile = settings?.ca;
    this.now = now;
    this.warn = warn;
  }

  /**
   * The authorities to believe. A renewed file is noticed within ten seconds; one that cannot be used any more changes nothing.
   * @throws Error when the file could never be used: then nobody is believed.
   */
  secureContext(): SecureContext {
    const { caFile } = this;
    if (caFile === undefined) this.context ??= createSecureContext();
    else if (this.now() - this.readAt > FRESH) this.read(caFile);
    if (this.context === undefined) throw new Error(`the authorities in ${caFile} cannot be used`);
    return this.context;
  }

  private read(caFile: string): void {
    this.readAt = this.now();
    try {
      this.context = createSecureContext({ ca: readSmallFileSync(caFile) });
    } catch (error) {
      this.warn(`The authorities in ${caFile} cannot be used (${String(error)}); write a PEM file there.`);
    }
  }
}
