import type { Modality } from "./modality.ts";

/** `text/csv; charset=utf-8` → `text/csv`; small letters. Absent: the empty string. */
export function mediaTypeOf(contentType: string | undefined): string {
  if (contentType === undefined) return "";
  const end = contentType.indexOf(";");
  return (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
}

/** The boundary of `multipart/form-data; boundary=…`; undefined: it is something else, or has none. */
export function boundaryOf(contentType: string | undefined): string | undefined {
  if (contentType === undefined || mediaTypeOf(contentType) !== "multipart/form-data") return undefined;
  const found = /;[ \t]*boundary[ \t]*=[ \t]*(?:"([^"\r\n]{1,200})"|([^\s;",]{1,200}))/i.exec(contentType);
  return found?.[1] ?? found?.[2];
}

/** Media types that say what the bytes are about, before any of them is read. */
const EXACT: ReadonlyMap<string, Modality> = new Map([
  ["text/csv", "tabular"],
  ["application/csv", "tabular"],
  ["text/libsvm", "tabular"],
  ["application/x-parquet", "tabular"],
  ["application/vnd.apache.parquet", "tabular"],
  ["application/vnd.apache.arrow.stream", "tabular"],
  ["application/vnd.apache.arrow.file", "tabular"],
  ["application/x-npy", "tensor"],
  ["application/x-npz", "tensor"],
  ["application/x-recordio-protobuf", "tensor"],
  ["application/x-image", "image"],
  ["application/pdf", "file"],
]);

/** What a body, a file in a form or an inlined blob of this media type is about; undefined: it says nothing. */
export function modalityOfMediaType(mediaType: string): Modality | undefined {
  const exact = EXACT.get(mediaType);
  if (exact !== undefined) return exact;
  switch (mediaType.slice(0, mediaType.indexOf("/"))) {
    case "image":
      return "image";
    case "audio":
      return "audio";
    case "video":
      return "video";
    default:
      return undefined;
  }
}

/** Whether a body that says this of itself can be JSON. Many clients send JSON under a wrong type or none. */
export function mayBeJson(mediaType: string): boolean {
  return (
    mediaType === "" ||
    mediaType === "application/json" ||
    mediaType.endsWith("+json") ||
    mediaType === "text/plain" ||
    mediaType === "application/x-www-form-urlencoded" ||
    mediaType === "application/octet-stream"
  );
}
