import { mediaTypeOf, modalityOfMediaType } from "./content-type.ts";
import type { Modality } from "./modality.ts";
import { fieldValue, formParts } from "./multipart.ts";

/** What the fields of a form say. Of fields that stand twice the last one counts, as for most servers. */
export interface FormTold {
  model: string | undefined;
  stream: boolean | undefined;
  user: string | undefined;
  /** What its first file is. */
  modality: Modality | undefined;
}

export function readFormBody(body: Uint8Array, boundary: string): FormTold {
  const told: FormTold = { model: undefined, stream: undefined, user: undefined, modality: undefined };
  for (const part of formParts(body, boundary)) {
    if (part.file !== undefined) {
      told.modality ??= modalityOfMediaType(mediaTypeOf(part.file.contentType)) ?? "file";
    } else if (part.name === "model") {
      told.model = fieldValue(body, part);
    } else if (part.name === "user") {
      told.user = fieldValue(body, part);
    } else if (part.name === "stream") {
      told.stream = /^(true|1)$/i.test(fieldValue(body, part) ?? "");
    }
  }
  return told;
}
