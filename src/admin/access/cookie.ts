/** One of the cookies that the router gives to browsers. */
export interface Cookie {
  readonly name: string;
  /** `Lax` comes along when another site sends the browser here. */
  readonly sameSite: "Strict" | "Lax";
}

/** The value that was sent. */
export function cookieIn(header: string | undefined, { name }: Cookie, secure: boolean): string | undefined {
  const start = `${nameOf(name, secure)}=`;
  const found = header?.split(";").find((one) => one.trimStart().startsWith(start));
  return found?.trim().slice(start.length);
}

/** The `Set-Cookie` for a value that holds for so many milliseconds; 0: it is taken back. */
export function setCookie({ name, sameSite }: Cookie, value: string, secure: boolean, ms: number): string {
  // Without TLS other ports of this machine get the cookie too, but nothing outside of the API's paths.
  const where = secure ? "Path=/; Secure" : "Path=/api";
  const age = Math.max(0, Math.floor(ms / 1000));
  return `${nameOf(name, secure)}=${value}; ${where}; HttpOnly; SameSite=${sameSite}; Max-Age=${age}`;
}

/** Browsers take a `__Host-` cookie from the very host only, over TLS (RFC 6265bis, section 4.1.3.2). */
function nameOf(name: string, secure: boolean): string {
  return secure ? `__Host-${name}` : name;
}
