import type { Version } from "../routing/rules.ts";
import { name } from "./names.ts";
import { child, type Place } from "./place.ts";
import type { Reading } from "./reading.ts";
import { shown } from "./rule-error.ts";
import { apart, mapOf, mapTo, oneOrMany, type Read, text } from "./schema.ts";
import {
  headerValue,
  healthPath,
  pathSchema,
  readExtraHeaders,
  readPathRewrite,
  readTls,
  servedModel,
  tlsSchema,
} from "./version-extras.ts";

const ENDPOINTS = "write base URLs such as `[http://10.0.0.11:8000]`";

export const versionSchema = mapOf('write `{ version: "2026-10", endpoints: [http://10.0.0.11:8000] }`', {
  version: name('write a name such as `"2026-10"`').describe(
    "The version's name, in headers, metrics and the console.",
  ),
  endpoints: oneOrMany(
    ENDPOINTS,
    text(ENDPOINTS, readEndpoint).meta({ only: "string", pattern: "^[Hh][Tt][Tt][Pp][Ss]?://" }),
  ).describe("Base URLs of its model servers."),
  model: servedModel
    .optional()
    .describe("The name it serves the model under, put in the place of the one in the request."),
  health: healthPath.optional().describe("The path at which its endpoints say whether they are well."),
  path: apart("Another beginning for the request's path.", pathSchema.schema),
  headers: apart(
    "Headers that requests to it get, also with environment variables in them.",
    mapTo(headerValue(false)),
  ),
  tls: apart("How its `https://` endpoints are trusted.", tlsSchema.schema),
});

/** A released model; undefined: something of it was refused. */
export function readVersion(reading: Reading, place: Place): Version | undefined {
  const before = reading.mistakes.length;
  const own = reading.map(place, versionSchema);
  const extra = <T>(key: string, read: (at: Place) => T): T | undefined => {
    const at = child(place, key);
    return at.node && read(at);
  };
  const path = extra("path", (at) => readPathRewrite(reading, at));
  const headers = extra("headers", (at) => readExtraHeaders(reading, at));
  const tls = extra("tls", (at) => readTls(reading, at, own?.endpoints ?? []));
  if (own === undefined || reading.mistakes.length > before) return undefined;
  return { version: own.version, endpoints: own.endpoints, model: own.model, health: own.health, path, headers, tls };
}

/** A base URL: scheme, host, port and an optional path prefix. */
function readEndpoint(written: string): Read<string> {
  const fault = endpointFault(written);
  if (fault === undefined) return { kind: "ok", value: written };
  // What is before an @ may be a password, and messages are logged.
  const called = written.includes("@") ? "The endpoint" : `The endpoint ${shown(written)}`;
  return { kind: "wrong", message: `${called} ${fault}.` };
}

function endpointFault(written: string): string | undefined {
  const url = URL.canParse(written) ? new URL(written) : undefined;
  if (url !== undefined && /^[a-z][a-z0-9+.-]*:\/\//i.test(written) && !/^https?:$/.test(url.protocol)) {
    return `speaks ${url.protocol.slice(0, -1)}: write one with \`http://\` or \`https://\``;
  }
  if (url === undefined || !/^https?:\/\/[\x21-\x7e]+$/i.test(written) || written.includes("\\")) {
    return "is no URL: write one such as `http://10.0.0.11:8000`";
  }
  if (url.username !== "" || url.password !== "" || written.includes("@")) {
    return "has a user or password in it: write it without, rules are read by many";
  }
  if (/[?#]/.test(written)) return "has a query or fragment: end it with the path";
  return undefined;
}
