/** Placeholders of which a prompt's text has one and the tokens of a query one for each patch of the picture or clip. */
const PADS = /(?:<\|(image|video)_pad\|>)+/g;

/** What decoding with special tokens leaves after an answer. */
const END_TOKENS = /(?:\s*(?:<\|im_end\|>|<\|endoftext\|>|<\|eot_id\|>|<\/s>))+\s*$/;

/** Longer than any run of end tokens that is not padding; only so much of the end is searched at a time. */
const TAIL_CHARS = 4096;

/**
 * What the policy wrote, of a query: OpenRLHF sends the decoded tokens of prompt and answer together, with special tokens.
 *
 * @param prompt without it the query is the completion
 * @returns undefined where the query does not begin with the prompt
 */
export function completionOf(query: string, prompt: string | undefined): string | undefined {
  if (prompt === undefined || prompt === '') return withoutEnd(query);
  if (query.startsWith(prompt)) return withoutEnd(query.slice(prompt.length));
  const [collapsed, beginning] = [query, prompt].map((text) => text.replace(PADS, '<|$1_pad|>')) as [string, string];
  return collapsed.startsWith(beginning) ? withoutEnd(collapsed.slice(beginning.length)) : undefined;
}

function withoutEnd(text: string): string {
  // The pattern looks from every white space on: bounded, so that a hostile megabyte of it stays cheap.
  for (let rest = text; ;) {
    const from = Math.max(0, rest.length - TAIL_CHARS);
    const at = rest.slice(from).search(END_TOKENS);
    if (at < 0) return rest;
    rest = rest.slice(0, from + at);
  }
}
