import { CutSpread } from "../admin/shapes/cuts.ts";
import { sliceText } from "../routing/explain-words.ts";
import { EXIT, Stop } from "./exit.ts";
import { remote, SLICE } from "./remote.ts";

/** Puts a cut candidate into service again. */
export const restore = remote(
  {
    usage: "restore ROUTE --why WHY [--version VERSION] [--rule RULE] [--modality MODALITY]",
    about: `Lifts a cut: the candidate gets again what the rules ask for. Has to say why. --version, --rule and --modality say
which, where there are several cuts of the route. It takes the store: while that is gone, what is cut stays cut.`,
    examples: ["canary-router restore chat --why 'endpoint restarted, answers are right again'"],
    options: { version: { type: "string" }, ...SLICE, why: { type: "string" } },
    takes: [1, 1],
  },
  async ({ api, values, args, tell }) => {
    const [route = ""] = args;
    const { version, rule, modality, why } = values;
    if (why === undefined || why.trim() === "") throw new Stop(EXIT.usage, "say --why it may be restored");
    const path = `/api/routes/${encodeURIComponent(route)}/restore`;
    const body = { why, version, rule, modality };
    const spread = await api.json(CutSpread, { method: "POST", path, body });
    tell(spread, () => [
      ...spread.versions.map((one) => `${one.route}: ${one.version} is restored${sliceText(one)}`),
      spread.summary,
    ]);
    return spread.missing.length === 0 ? EXIT.done : EXIT.bad;
  },
);
