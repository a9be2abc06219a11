/** What a request can be about. */
export const MODALITIES = ["text", "image", "audio", "video", "file", "embedding", "tabular", "tensor"] as const;

export type Modality = (typeof MODALITIES)[number];

export function isModality(value: string): value is Modality {
  return MODALITIES.some((modality) => modality === value);
}
