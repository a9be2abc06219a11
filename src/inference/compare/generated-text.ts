/**
 * What a model has made, as text: of JSON in one piece, of server-sent events and of lines of JSON, joined. OpenAI's and
 * Anthropic's APIs, Ollama, Gemini, TGI and Triton's `generate` are known. undefined: there is nothing of the kind.
 */
export function generatedText(body: string, isStream: boolean): string | undefined {
  return madeIn(isStream ? streamed(body) : [parsed(body)]);
}

/** The same of JSON that has been read. */
export function madeIn(values: Iterable<unknown>): string | undefined {
  const made = new Made();
  for (const value of values) made.note(value);
  return made.text;
}

/** The objects of a stream of events, or of lines; undefined in the place of what is none. */
export function* streamed(body: string): Iterable<unknown> {
  for (const event of body.split(/\r?\n\r?\n/)) {
    const lines = event.split(/\r?\n/);
    const data = lines.flatMap((line) => (line.startsWith("data:") ? [line.slice(5)] : []));
    if (data.length > 0) yield parsed(data.join("\n"));
    else for (const line of lines) if (line.startsWith("{")) yield parsed(line);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Puts together what comes bit by bit; several choices by their numbers. */
class Made {
  private readonly choices = new Map<number, string>();
  /** What TGI says at the end, all at once. */
  private whole: string | undefined;

  get text(): string | undefined {
    if (this.whole !== undefined) return this.whole;
    if (this.choices.size === 0) return undefined;
    return [...this.choices]
      .sort(([a], [b]) => a - b)
      .map(([, text]) => text)
      .join("\n");
  }

  note(value: unknown): void {
    if (Array.isArray(value)) {
      for (const one of value) this.note(one);
      return;
    }
    const at = (key: string) => member(value, key);
    for (const [i, choice] of listOf(at("choices")).entries()) {
      const index = member(choice, "index");
      this.add(typeof index === "number" ? index : i, ofMessage(member(choice, "message") ?? member(choice, "delta")));
      this.add(i, member(choice, "text"));
    }
    for (const [i, candidate] of listOf(at("candidates")).entries()) {
      this.add(i, ofMessage(member(candidate, "content")));
    }
    this.add(0, ofMessage(at("message")));
    if (at("type") !== "content_block_start") this.add(0, ofParts(at("content")));
    for (const item of listOf(at("output"))) this.add(0, ofMessage(item));
    const delta = at("delta");
    this.add(0, typeof delta === "string" ? delta : (member(delta, "text") ?? member(delta, "partial_json")));
    for (const key of ["response", "text_output", "text"]) this.add(0, at(key));
    this.add(0, member(at("token"), "text"));
    const whole = at("generated_text");
    if (typeof whole === "string") this.whole = (this.whole ?? "") + whole;
  }

  private add(index: number, text: unknown): void {
    if (typeof text === "string") this.choices.set(index, (this.choices.get(index) ?? "") + text);
  }
}

function ofMessage(message: unknown): string | undefined {
  const content = ofParts(member(message, "content") ?? member(message, "parts"));
  const calls = listOf(member(message, "tool_calls")).map((call) => member(call, "function"));
  if (member(message, "type") === "function_call") calls.push(message);
  const called = calls.map((call) => `${textOf(member(call, "name"))}${textOf(member(call, "arguments"))}`);
  const said = [content ?? member(message, "refusal"), ...called].filter((part) => typeof part === "string");
  return said.length === 0 ? undefined : said.join("");
}

/** A text, or a list of parts that have one. */
function ofParts(content: unknown): string | undefined {
  if (typeof content === "string") return content;
  const parts = listOf(content).map((part) => {
    const text = member(part, "text");
    return typeof text === "string"
      ? text
      : member(part, "type") === "tool_use"
        ? JSON.stringify(member(part, "input"))
        : "";
  });
  return parts.length === 0 ? undefined : parts.join("");
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function member(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Object.getOwnPropertyDescriptor(value, key)?.value : undefined;
}
