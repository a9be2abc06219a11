import type { Rules } from "./rules.ts";

/** The same routes with every candidate's share at zero, also for callers that ask for the candidate with `x-canary`. */
export function onlyStable(rules: Rules): Rules {
  return {
    ...rules,
    routes: rules.routes.map((route) => ({
      ...route,
      override: false,
      shadow: undefined,
      rules: route.rules.map((rule) => ({ ...rule, shares: [], ramp: undefined, shadow: undefined })),
    })),
  };
}
