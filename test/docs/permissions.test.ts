import { readFileSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { endpoints } from "../../src/admin/endpoints.ts";
import { ROLES, reaches } from "../../src/config/roles.ts";
import { setUp } from "../admin/kit.ts";

const PATH = new URL("../../docs/security.md", import.meta.url);
const PLACE = /(<!-- permissions: .*-->\n)([\s\S]*?)(?=<!-- \/permissions -->)/;

// `UPDATE_DOCS=1 npx vitest run test/docs/permissions.test.ts` writes the table anew.
it("docs/security.md says who may do what, as the code has it", async () => {
  const { parts } = await setUp();
  const rows = endpoints(parts).map(({ method, path, needs }) => {
    const may = [needs === "anyone", ...ROLES.map((role) => reaches(role, needs))];
    return [`\`${method.toUpperCase()} ${path}\``, ...may.map((one) => (one ? "✓" : ""))];
  });
  const lines = [["", "nobody", ...ROLES], ["---", ":-:", ...ROLES.map(() => ":-:")], ...rows].map(
    (row) => `| ${row.join(" | ")} |\n`,
  );
  const table = `\n${lines.join("")}\n`;
  const security = readFileSync(PATH, "utf8");
  if (process.env["UPDATE_DOCS"] === "1") {
    writeFileSync(
      PATH,
      security.replace(PLACE, (_, mark: string) => mark + table),
    );
  } else expect(PLACE.exec(security)?.[2]).toBe(table);
});
