import { signal } from "@preact/signals";

interface Place {
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Where the address bar points. */
export const place = signal<Place>(placeOf(location));

/** Goes to a page of the console; `replace` leaves no step in the browser's history. */
export function navigate(to: string, { replace = false } = {}): void {
  const url = new URL(to, location.href);
  if (url.href !== location.href) history[replace ? "replaceState" : "pushState"](null, "", url);
  place.value = placeOf(url);
}

/** Follows the browser's back and forward, and makes links to pages of the console stay in it. */
export function followAddressBar(): void {
  addEventListener("popstate", () => {
    place.value = placeOf(location);
  });
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (link === null || !staysHere(event, link)) return;
    event.preventDefault();
    navigate(link.href);
    scrollTo(0, 0);
  });
}

/** Not what opens a tab, downloads, or leads to the API or to other sites. */
function staysHere(event: MouseEvent, link: HTMLAnchorElement): boolean {
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  const own = link.origin === location.origin && !link.pathname.startsWith("/api/");
  return plain && own && !event.defaultPrevented && link.target === "" && !link.hasAttribute("download");
}

function placeOf({ pathname, search }: { readonly pathname: string; readonly search: string }): Place {
  return { path: pathname, query: new URLSearchParams(search) };
}
