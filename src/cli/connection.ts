import { readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { EXIT, Stop } from "./exit.ts";

/** Which router is asked, and as whom. */
export interface Connection {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: string | undefined;
}

const DEFAULT_URL = "http://127.0.0.1:8081";

const File = z.strictObject({ url: z.string().optional(), token: z.string().optional() }).nullable();

/** Flags, before the environment (`CANARY_URL`, `CANARY_TOKEN`), before the file. */
export async function connectionFrom(
  flags: { readonly url?: string | undefined; readonly token?: string | undefined },
  env: NodeJS.ProcessEnv,
): Promise<Connection> {
  const file = await readConnectionFile(env);
  const given = flags.url || env["CANARY_URL"];
  const url = urlOf(given || file.url || DEFAULT_URL);
  // The file's token is for the file's router; another one must not get to know it.
  const own = given === undefined || given === "" || (file.url !== undefined && urlOf(file.url) === url);
  return { url, token: tokenOf(flags.token || env["CANARY_TOKEN"] || (own ? file.token : undefined)) };
}

/** What a header can hold; the message never quotes it. */
function tokenOf(text: string | undefined): string | undefined {
  if (text === undefined || /^[\x21-\x7e]*$/.test(text)) return text || undefined;
  throw new Stop(EXIT.usage, "the token cannot be sent: it is visible ASCII characters without spaces");
}

function urlOf(text: string): string {
  if (URL.canParse(text) && new URL(text).username + new URL(text).password !== "") {
    throw new Stop(EXIT.usage, "write the URL of the router without a user and a password: --token says who asks");
  }
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return text.replace(/\/+$/, "");
  throw new Stop(EXIT.usage, `the URL of the router is ${JSON.stringify(text)}: write one such as ${DEFAULT_URL}`);
}

async function readConnectionFile(env: NodeJS.ProcessEnv): Promise<{ url?: string; token?: string }> {
  const path = join(env["XDG_CONFIG_HOME"] || join(env["HOME"] || homedir(), ".config"), "canary-router", "cli.yaml");
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return {};
    throw new Stop(EXIT.usage, `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  const { mode } = await stat(path);
  if (process.platform !== "win32" && (mode & 0o077) !== 0) {
    throw new Stop(EXIT.usage, `${path} may hold a token, and others can read it: chmod 600 ${path}`);
  }
  const parsed = File.safeParse(yamlOf(text));
  if (!parsed.success) throw new Stop(EXIT.usage, `${path}: write \`url: http://…\` and \`token: …\`, nothing else`);
  const { url, token } = parsed.data ?? {};
  return { ...(url === undefined ? {} : { url }), ...(token === undefined ? {} : { token }) };
}

function yamlOf(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}
