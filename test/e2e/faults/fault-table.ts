import { readFileSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";

const PATH = new URL("../../../docs/faults.md", import.meta.url);

/** What docs/faults.md says of one fault. */
export interface Told {
  readonly client: string;
  /** In words, or the counters that rose and by how much. */
  readonly metrics: string | Counts;
  /** What keeps it small: a clock, a limit, a pool. */
  readonly bound: string;
}

/** By their names without `canary_router_`: `requests_total{code="502"}`. */
export type Counts = Readonly<Record<string, number>>;

/** What a process holds is read where only Linux has it. */
const onLinux = it.skipIf(process.platform !== "linux");

/**
 * The tests of one family of faults, each of which is a row of docs/faults.md. `UPDATE_DOCS=1 npx vitest run test/e2e/faults` writes
 * the rows anew.
 */
export function faultFamily(family: string) {
  const rows: string[] = [];
  return {
    /** A test, and its row. */
    fault(name: string, told: Told, test: () => Promise<void>, ms?: number): void {
      const metrics = typeof told.metrics === "string" ? told.metrics : countsInWords(told.metrics);
      rows.push(`| ${[name, told.client, metrics, told.bound].join(" | ")} |\n`);
      onLinux(name, test, ms);
    },
    /** Comes after all of them. */
    told(): void {
      it("are told in docs/faults.md", () => {
        const place = new RegExp(`(<!-- faults: ${family} -->\n)([\\s\\S]*?)(?=<!-- /faults -->)`);
        const head = "\n| fault | what the client saw | what the metrics said | bounded by |\n|---|---|---|---|\n";
        const table = `${head}${rows.join("")}\n`;
        const text = readFileSync(PATH, "utf8");
        if (process.env["UPDATE_DOCS"] === "1") {
          writeFileSync(
            PATH,
            text.replace(place, (_, mark: string) => mark + table),
          );
        } else expect(place.exec(text)?.[2]).toBe(table);
      });
    },
  };
}

function countsInWords(counts: Counts): string {
  const words = Object.entries(counts).map(([series, times]) => `\`${series}\` +${times}`);
  return words.length === 0 ? "nothing: no version had it" : words.join(", ");
}
