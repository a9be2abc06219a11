import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { place } from "../navigation.ts";
import { type Page, pageOf } from "../pages.ts";
import { Failed, Loading } from "./states.tsx";

type Shown =
  | { readonly kind: "loading" }
  | { readonly kind: "failed" }
  | { readonly kind: "page"; readonly page: ComponentType };

/** The page that the address bar points to. */
export function PageFrame() {
  const page = pageOf(place.value.path);
  return (
    <main id="page" tabIndex={-1}>
      {page === undefined ? <Unknown /> : <Loaded key={page.path} page={page} />}
    </main>
  );
}

function Loaded({ page }: { readonly page: Page }) {
  const shown = useSignal<Shown>({ kind: "loading" });
  const load = async (): Promise<void> => {
    try {
      shown.value = { kind: "page", page: await page.load() };
    } catch {
      shown.value = { kind: "failed" };
    }
  };
  useEffect(() => {
    document.title = `${page.title} · canary-router`;
    void load();
  }, []);
  const now = shown.value;
  if (now.kind === "loading") return <Loading what="the page" />;
  // A router that has been updated has other files: its page has to be read anew.
  if (now.kind === "failed") return <Failed message="The page could not be loaded." again={() => location.reload()} />;
  return <now.page />;
}

function Unknown() {
  return (
    <div class="state">
      <p>There is no page at {place.value.path}.</p>
      <a href="/">To the overview</a>
    </div>
  );
}
