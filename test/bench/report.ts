/** A table in Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const align = head.map((_, i) => (i === 0 ? "---" : "---:"));
  return [head, align, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Puts a section between its markers; a document without them gets both at its end. The prose around stays. */
export function withSection(document: string, name: string, section: string): string {
  const [begin, end] = [`<!-- bench: ${name} -->`, `<!-- end: ${name} -->`];
  const block = `${begin}\n${section.trim()}\n${end}`;
  const from = document.indexOf(begin);
  if (from < 0) return `${document.trimEnd()}\n\n${block}\n`;
  const to = document.indexOf(end, from);
  if (to < 0) throw new Error(`The section ${name} begins with ${begin} but ${end} is missing.`);
  return document.slice(0, from) + block + document.slice(to + end.length);
}
