import { matching, refuse, scalar } from "./values.ts";

/* How a collector of traces is named. */

/** An http or https URL without a login in it. */
export const httpUrl = matching((text) => {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return (protocol === "http:" || protocol === "https:") && username === "" && password === "";
}, "write a URL such as http://collector:4318/v1/traces, without a user or a password");

/** Headers as `OTEL_EXPORTER_OTLP_HEADERS` has them: `name=value,name=value`, percent-encoded where need be. */
export const headerList = scalar.transform((text, context): Record<string, string> => {
  const pairs = text.split(",").map((pair) => /^\s*([!#$%&'*+.^`|~\w-]+)\s*=(.*)$/.exec(pair));
  const headers: Record<string, string> = {};
  for (const pair of pairs) {
    const [, name, value] = pair ?? [];
    const decoded = value === undefined ? undefined : percentDecoded(value.trim());
    if (name === undefined || decoded === undefined || !/^[\x20-\x7e]*$/.test(decoded)) {
      return refuse(context, "write name=value, with commas between several, and what is special percent-encoded");
    }
    headers[name] = decoded;
  }
  return headers;
});

function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
