import { Composer, type Document, Lexer, type Node, Parser, type YAMLError } from "yaml";
import { type Mistake, shown } from "./rule-error.ts";

/** How large a rules document may be, in bytes: 200 routes of 50 rules have some 1.3 MB. */
export const MOST_BYTES = 4 * 1024 * 1024;
/** How deep lists and maps may stand in each other; a rules document needs 8. */
const MOST_LEVELS = 32;
/** Words, signs, spaces and line ends: 200 routes of 50 rules have half as many. Each may cost a mistake. */
const MOST_LEXEMES = 1_000_000;
/** What one escape counts as: rules hardly need any, and a wrong one costs more than any other mistake. */
const ESCAPE = 4;

type ParsedYaml =
  | { readonly kind: "parsed"; readonly contents: Node; readonly mistakes: readonly Mistake[] }
  | { readonly kind: "refused"; readonly mistakes: readonly Mistake[] };

/** Text → the one YAML document in it. */
export function parseYaml(text: string): ParsedYaml {
  const { stackTraceLimit } = Error;
  // The library makes an error of each mistake, and a text may have very many: none needs to know the way through its code.
  Error.stackTraceLimit = 0;
  try {
    return parsed(text);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function parsed(text: string): ParsedYaml {
  if (text.length > MOST_BYTES || new TextEncoder().encode(text).length > MOST_BYTES) {
    return refused(0, `The document is larger than 4 MiB (${MOST_BYTES} bytes): split it, or name customers by type.`);
  }
  const parser = new Parser();
  const composer = new Composer({
    version: "1.2",
    schema: "core",
    merge: false,
    // Looked for by the tree: the library compares each key with each other one.
    uniqueKeys: false,
  });
  const documents: Document.Parsed[] = [];
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) documents.push(...composer.next(token));
    if (documents.length > 1) return theDocument(documents);
    lexemes += lexeme.startsWith('"') ? 1 + ESCAPE * (lexeme.split("\\").length - 1) : 1;
    if (lexemes > MOST_LEXEMES) {
      return refused(
        parser.offset,
        "The document has more than 1,000,000 words and signs: split it, or name customers by type.",
      );
    }
    // The document is a level of the stack too.
    if (parser.stack.length > MOST_LEVELS + 1) {
      const message = `Lists and maps stand in each other more than ${MOST_LEVELS} levels deep: a rules document needs 8.`;
      return refused(parser.offset, message);
    }
  }
  for (const token of parser.end()) documents.push(...composer.next(token));
  documents.push(...composer.end());
  return theDocument(documents);
}

function theDocument(documents: readonly Document.Parsed[]): ParsedYaml {
  const [document, second] = documents;
  const errors = documents.flatMap(({ errors }) => errors);
  if (errors.length > 0) return { kind: "refused", mistakes: errors.map(syntaxMistake) };
  if (second !== undefined) {
    return refused(second.range[0], "There is a second document here: write one, without `---` between its parts.");
  }
  const contents: Node | null | undefined = document?.contents;
  if (document === undefined || contents === null || contents === undefined) {
    return refused(0, "The document is empty: write `version: 1` and a list of `routes`.");
  }
  return { kind: "parsed", contents, mistakes: document.warnings.map(syntaxMistake) };
}

function syntaxMistake(error: YAMLError): Mistake {
  return { offset: error.pos[0], path: "", message: sentence(error) };
}

function sentence({ code, message }: YAMLError): string {
  if (code === "TAG_RESOLVE_FAILED") return `${firstLine(message)}: tags are not supported, write the value alone.`;
  if (code === "TAB_AS_INDENT") return "There is a tab where the line is indented: write spaces.";
  return `This is not YAML (${firstLine(message)}): look at the indentation, colons, brackets and quotes here.`;
}

/** The library's own words, which may quote the text. */
function firstLine(message: string): string {
  const line = message.split("\n", 1)[0] ?? "";
  return line.length <= 120 && !/[\x00-\x1f]/.test(line) ? line : shown(line).slice(1, -1);
}

function refused(offset: number, message: string): ParsedYaml {
  return { kind: "refused", mistakes: [{ offset, path: "", message }] };
}
