import type { FailingTests, ReadRules } from "./read-rules.ts";

type Read = (text: string, failing?: FailingTests) => Promise<ReadRules>;

/** How many texts are remembered: a draft, and the rules that it is compared with. */
const MOST = 2;
/** Rules that were read of a large text take some 50 MB: nobody needs them for long. */
const FORGOTTEN_MS = 30_000;

/** `read` that does not read the same text again: a draft is checked, tried, compared and saved, and takes a second each time. */
export function rememberingLast(read: Read): Read {
  let last: { readonly text: string; readonly failing: FailingTests; readonly read: Promise<ReadRules> }[] = [];
  let timer: NodeJS.Timeout | undefined;
  return (text, failing = "refused") => {
    const found = last.find((one) => one.text === text && one.failing === failing);
    const now = found ?? { text, failing, read: read(text, failing) };
    last = [now, ...last.filter((one) => one !== now)].slice(0, MOST);
    clearTimeout(timer);
    timer = setTimeout(() => {
      last = [];
    }, FORGOTTEN_MS);
    timer.unref();
    return now.read;
  };
}
