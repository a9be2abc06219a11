import { toText } from "./bytes.ts";
import type { Source } from "./rules.ts";

/** A source as the document writes it, such as `header:x-session-id` or `body:/metadata/user`. */
export function sourceText(source: Source): string {
  switch (source.from) {
    case "header":
      return `header:${source.name}`;
    case "jwt":
      return `jwt:${source.claim}`;
    case "body":
      return `body:${source.path.map((step) => `/${toText(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("")}`;
    default:
      return source.from;
  }
}
