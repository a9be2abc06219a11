import { shellWords } from "./shell-words.ts";

/** A request as `POST /api/explain` takes it. */
export interface AskedRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

export type Pasted =
  | { readonly kind: "request"; readonly request: AskedRequest }
  | { readonly kind: "unclear"; readonly why: string };

/** A line of curl, or a request as HTTP writes it, or only its path. */
export function pastedRequest(text: string): Pasted {
  const pasted = text.trim();
  if (pasted === "") return unclear("Paste a curl line, or a request.");
  if (/^(\$ )?(\S*\/)?curl(\.exe)?\s/.test(pasted)) return ofCurl(shellWords(pasted.replace(/^\$ /, "")).slice(1));
  const [, method, target, rest = ""] =
    /^([A-Z][A-Z-]*)[ \t]+(\S+)(?:[ \t]+HTTP\/\d(?:\.\d)?)?[ \t]*(?:\r?\n([\s\S]*))?$/.exec(pasted) ?? [];
  if (method !== undefined && target !== undefined) return ofHttp(method, target, rest);
  const path = pathOf(pasted);
  if (!/\s/.test(pasted) && path !== undefined) return request({ method: "POST", path, headers: {}, body: undefined });
  return unclear(
    "This is neither a curl line nor a request: begin with `curl`, or with a line such as `POST /v1/chat/completions`.",
  );
}

/** Options of curl that take a value and say nothing of the request. */
const WITH_VALUE =
  /^(-o|--output|-m|--max-time|--connect-timeout|--retry|-w|--write-out|-E|--cert|--key|--cacert|-x|--proxy|--resolve|-c|--cookie-jar|--limit-rate|-K|--config|-T|--upload-file|-F|--form)$/;
const HEADERS_OF: Readonly<Record<string, string>> = {
  "-A": "user-agent",
  "--user-agent": "user-agent",
  "-e": "referer",
  "--referer": "referer",
  "-b": "cookie",
  "--cookie": "cookie",
  "--oauth2-bearer": "authorization",
};

function ofCurl(words: readonly string[]): Pasted {
  const headers: Record<string, string> = {};
  const data: string[] = [];
  let [method, url, json, get]: [string | undefined, string | undefined, boolean, boolean] = [
    undefined,
    undefined,
    false,
    false,
  ];
  const rest = words.flatMap(apart);
  for (let i = 0; i < rest.length; i++) {
    const word = rest[i] ?? "";
    const value = (): string => rest[++i] ?? "";
    if (word === "-X" || word === "--request") method = value().toUpperCase();
    else if (word === "-H" || word === "--header") addHeader(headers, value());
    else if (/^(-d|--data(-raw|-binary|-ascii|-urlencode)?)$/.test(word)) data.push(value());
    else if (word === "--json") {
      data.push(value());
      json = true;
    } else if (word === "-G" || word === "--get") get = true;
    else if (word === "-I" || word === "--head") method ??= "HEAD";
    else if (word === "--url") url = value();
    else if (word === "-u" || word === "--user") headers["authorization"] ??= `Basic ${btoa(value())}`;
    else if (HEADERS_OF[word] !== undefined) {
      const bearer = word === "--oauth2-bearer" ? "Bearer " : "";
      headers[HEADERS_OF[word]] ??= bearer + value();
    } else if (WITH_VALUE.test(word)) value();
    else if (!word.startsWith("-")) url ??= word;
  }
  if (url === undefined) return unclear("This curl line has no URL.");
  const path = pathOf(url);
  if (path === undefined) return unclear(`${url} is no URL with a path.`);
  if (data.some((one) => one.startsWith("@"))) {
    return unclear("The body is in a file, which cannot be seen from here: paste what is in it, in quotes, after -d.");
  }
  const sent = data.length === 0 ? undefined : data.join(json ? "" : "&");
  if (get)
    return request({
      method: method ?? "GET",
      path: sent === undefined ? path : `${path}${path.includes("?") ? "&" : "?"}${sent}`,
      headers,
      body: undefined,
    });
  if (sent !== undefined) headers["content-type"] ??= json ? "application/json" : "application/x-www-form-urlencoded";
  return request({ method: method ?? (sent === undefined ? "GET" : "POST"), path, headers, body: sent });
}

/** `-XPOST`, `-sSd body` and `--header=a: b` as separate words. */
function apart(word: string): readonly string[] {
  const [, long, after] = /^(--[a-z-]+)=([\s\S]*)$/.exec(word) ?? [];
  if (long !== undefined && after !== undefined) return [long, after];
  const [, flags, last, value] = /^-([a-zA-GI-WYZ]*?)([XHdAebuoFmw])([\s\S]*)$/.exec(word) ?? [];
  if (word.startsWith("--") || flags === undefined || last === undefined) return [word];
  const option = `-${last}`;
  return value === undefined || value === "" ? [option] : [option, value];
}

function ofHttp(method: string, target: string, rest: string): Pasted {
  const path = pathOf(target);
  if (path === undefined) return unclear(`${target} is no path: it begins with a slash.`);
  const [head = "", ...bodies] = rest.split(/\r?\n\r?\n/);
  const headers: Record<string, string> = {};
  const body = bodies.join("\n\n");
  const lines = head.split(/\r?\n/).filter((line) => line.trim() !== "");
  for (const line of lines) {
    if (!/^[\w!#$%&'*+.^`|~-]+:/.test(line))
      return unclear(`${line.slice(0, 60)} is no header: leave an empty line before the body.`);
    addHeader(headers, line);
  }
  if (looksLikeJson(body)) headers["content-type"] ??= "application/json";
  return request({ method, path, headers, body: body === "" ? undefined : body });
}

function addHeader(headers: Record<string, string>, line: string): void {
  const colon = line.indexOf(":");
  if (colon > 0) headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
}

/** The path and query of a URL, with or without its host. */
function pathOf(url: string): string | undefined {
  if (url.startsWith("/")) return url;
  const whole = /^https?:\/\//i.test(url) ? url : /^[\w.-]+(:\d+)?(\/|$)/.test(url) ? `http://${url}` : undefined;
  if (whole === undefined || !URL.canParse(whole)) return undefined;
  const { pathname, search } = new URL(whole);
  return pathname + search;
}

function looksLikeJson(text: string): boolean {
  return /^\s*[{[]/.test(text);
}

function request(asked: AskedRequest): Pasted {
  return { kind: "request", request: asked };
}

function unclear(why: string): Pasted {
  return { kind: "unclear", why };
}
