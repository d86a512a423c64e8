// Finding things by words, as the palette and the lists of Settings do. Pure.

/** Those whose text contains every word of `query`, in their own order. */
export function find<T extends { readonly text: string }>(query: string, named: readonly T[]): T[] {
  const words = query.toLowerCase().split(/[\s+]+/).filter(Boolean);
  return named.filter(({ text }) => words.every((word) => text.toLowerCase().includes(word)));
}
