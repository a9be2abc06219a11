import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { EXIT, Stop } from "./exit.ts";

/** The text of a file; `-` is stdin. */
export async function textOf(file: string): Promise<string> {
  try {
    return await (file === "-" ? text(process.stdin) : readFile(file, "utf8"));
  } catch (error) {
    throw new Stop(EXIT.bad, `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
