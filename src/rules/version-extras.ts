import type { ExtraHeader, HeaderPart, PathRewrite, TlsSettings } from "../routing/rules.ts";
import { asPart, variable, variableFault } from "./environment.ts";
import { headerFault } from "./names.ts";
import { keyPlace, type Place } from "./place.ts";
import type { Reading } from "./reading.ts";
import { shown } from "./rule-error.ts";
import { mapOf, type Read, text } from "./schema.ts";

/** Fields that say how the message itself travels: the router writes them. */
const FRAMING = new Set([
  ...["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"],
  ...["content-length", "expect", "host"],
]);
/** An IPv4 address, or what only an IPv6 address looks like. */
const ADDRESS = /^(\d+(\.\d+){3}|[\da-f.]*:[\da-f.:]*)$/i;
/** Fields, by their names in small letters, that mostly carry a secret. */
export const SECRET_FIELD = /^(authorization|proxy-authorization|cookie|(x-)?api-?key|.*-(token|secret|key))$/;

/** The model's name at the version. */
export const servedModel = text("write a model such as `llama-3-70b-v2`", (written): Read<string> => {
  if (/^[^\x00-\x1f*]{1,256}$/.test(written)) return { kind: "ok", value: written };
  return wrong(`${shown(written)} is no name of one model: write one such as \`llama-3-70b-v2\`.`);
});

/** Where an endpoint says how it is; asked below the endpoint's own path. */
export const healthPath = text("write a path such as `/health`", (written): Read<string> => {
  if (!written.startsWith("/")) {
    return wrong(`The path ${shown(written)} does not start with a slash: write ${shown(`/${written}`)}.`);
  }
  if (/^[\x21\x22\x24-\x7e]{1,1024}$/.test(written)) return { kind: "ok", value: written };
  return wrong(`The path ${shown(written)} has characters that no path has: write it as it is sent, percent-encoded.`);
});

export const pathSchema = mapOf("write `{ prefix: /v1, to: /openai/v1 }`", {
  prefix: text("write how the path begins, such as `/v1`", pathPrefix).describe("How the path begins."),
  to: text("write what stands there instead, such as `/openai/v1`", pathPrefix).describe("What stands there instead."),
});

/** `path: { prefix, to }` of a version; undefined: something of it was refused. */
export function readPathRewrite(reading: Reading, place: Place): PathRewrite | undefined {
  const read = reading.map(place, pathSchema);
  if (read === undefined || read.prefix !== read.to) return read;
  reading.refuse(
    place,
    `This puts ${shown(read.to || "/")} in its own place: write another \`to\`, or leave \`path\` out.`,
  );
  return undefined;
}

function pathPrefix(written: string): Read<string> {
  if (!written.startsWith("/")) {
    return wrong(`The path ${shown(written)} does not start with a slash: write ${shown(`/${written}`)}.`);
  }
  if (written.includes("*")) {
    return wrong(`${shown(written)} is a beginning already: write ${shown(written.slice(0, written.indexOf("*")))}.`);
  }
  if (!/^[\x21\x22\x24-\x3e\x40-\x7e]{1,1024}$/.test(written)) {
    return wrong(
      `The path ${shown(written)} has characters that no path has: write it as it is sent, percent-encoded.`,
    );
  }
  return { kind: "ok", value: written.replace(/\/+$/, "") };
}

/** `headers: { name: value }` of a version; undefined: something of it was refused. */
export function readExtraHeaders(reading: Reading, place: Place): readonly ExtraHeader[] | undefined {
  const before = reading.mistakes.length;
  const seen = new Set<string>();
  const headers = reading.entries(place, "write `{ x-name: value }`").flatMap(([written, at]): ExtraHeader[] => {
    const name = written.toLowerCase();
    const fault = headerFault(written) ?? extraHeaderFault(name, seen);
    if (fault !== undefined) reading.refuse(keyPlace(place, written), fault);
    seen.add(name);
    const value = reading.value(at, headerValue(SECRET_FIELD.test(name)));
    return value === undefined ? [] : [{ name, value }];
  });
  return reading.mistakes.length === before ? headers : undefined;
}

function extraHeaderFault(name: string, seen: ReadonlySet<string>): string | undefined {
  if (seen.has(name)) return `The header ${shown(name)} is written twice: keep one of the two.`;
  if (name === "x-canary") return "`x-canary` is the router's own: leave it out.";
  return FRAMING.has(name) ? `The header ${shown(name)} is written by the router itself: leave it out.` : undefined;
}

/** Messages never quote the value: it may be a secret. */
export function headerValue(secret: boolean) {
  return text("write a value, which may contain environment variables", (written): Read<readonly HeaderPart[]> => {
    if (!/^[\x21-\x7e]+([ \t]+[\x21-\x7e]+)*$/.test(written)) {
      return wrong("The value cannot be in a header: write visible ASCII characters, with spaces only between them.");
    }
    const parts: HeaderPart[] = [];
    for (const piece of written.split(/(\$\{[^}]*\}?)/)) {
      const part = asPart(piece);
      if (part === undefined) return wrong(`A \`\${\` begins an environment variable: write \`${variable("NAME")}\`.`);
      const fault = part.from === "env" ? variableFault(part.env) : undefined;
      if (fault !== undefined) return wrong(fault);
      if (part.from === "env" || part.text !== "") parts.push(part);
    }
    if (secret && parts.every(({ from }) => from === "text")) {
      return wrong(
        `A secret cannot stand in the rules, they are read by many: write \`${variable("NAME")}\` in its place.`,
      );
    }
    return { kind: "ok", value: parts };
  });
}

export const tlsSchema = mapOf("write `{ ca: /etc/canary-router/ca.pem, servername: model.internal }`", {
  ca: text("write the path of a file such as `/etc/canary-router/ca.pem`", caFile)
    .optional()
    .describe("A PEM file with the authorities to believe."),
  servername: text("write a name such as `model.internal`", servername)
    .optional()
    .describe("The name to ask for, and to find in the certificate."),
});

/** `tls` of a version; undefined: something of it was refused. */
export function readTls(reading: Reading, place: Place, endpoints: readonly string[]): TlsSettings | undefined {
  if (place.node?.entries.size === 0 && typeof place.node.value === "object") {
    reading.refuse(place, "`tls` says nothing: write `{ ca: /etc/canary-router/ca.pem }`, or leave it out.");
    return undefined;
  }
  const read = reading.map(place, tlsSchema);
  if (read === undefined) return undefined;
  if (endpoints.length > 0 && !endpoints.some((endpoint) => /^https:/i.test(endpoint))) {
    reading.refuse(
      place,
      "No endpoint of this version speaks TLS: write `https://` in its `endpoints`, or leave `tls` out.",
    );
    return undefined;
  }
  return { ca: read.ca, servername: read.servername };
}

function caFile(written: string): Read<string> {
  if (written.startsWith("-----BEGIN")) return wrong("A certificate cannot stand here: write the path of its file.");
  if (/^[^\x00-\x1f]+$/.test(written) && !written.includes("://")) return { kind: "ok", value: written };
  return wrong(`${shown(written)} is no path of a file: write one such as \`/etc/canary-router/ca.pem\`.`);
}

function servername(written: string): Read<string> {
  if (ADDRESS.test(written))
    return wrong(`${shown(written)} is an address, and TLS asks for names: write a name such as \`model.internal\`.`);
  const labels = written.split(".");
  if (
    written.length <= 253 &&
    labels.every((label) => /^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/.test(label))
  ) {
    return { kind: "ok", value: written };
  }
  return wrong(`${shown(written)} is no name of a server: write one such as \`model.internal\`.`);
}

function wrong(message: string): { readonly kind: "wrong"; readonly message: string } {
  return { kind: "wrong", message };
}
