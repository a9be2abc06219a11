import type { ComponentType } from "preact";
import { Overview } from "./overview/overview.tsx";

export interface Page {
  readonly path: string;
  readonly title: string;
  readonly load: () => ComponentType | Promise<ComponentType>;
}

/** In the order of the navigation. Only the first page comes with the shell; the others when they are asked for. */
export const PAGES: readonly Page[] = [
  { path: "/", title: "Overview", load: () => Overview },
  { path: "/rules", title: "Rules", load: async () => (await import("./rules/rules-page.tsx")).RulesPage },
  { path: "/explain", title: "Explain", load: async () => (await import("./explain/explain-page.tsx")).ExplainPage },
  { path: "/history", title: "History", load: async () => (await import("./history/history-page.tsx")).HistoryPage },
  {
    path: "/replicas",
    title: "Replicas",
    load: async () => (await import("./replicas/replicas-page.tsx")).ReplicasPage,
  },
];

/** The page of a path; those of a page have paths below its own, such as `/rules/chat`. */
export function pageOf(path: string): Page | undefined {
  return PAGES.find((page) => page.path === path || (page.path !== "/" && path.startsWith(`${page.path}/`)));
}
