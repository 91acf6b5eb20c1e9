import { SrvauError, type RolloutTask } from '@srvau/contracts';
import type { Tokenizer } from '@srvau/models';
import { type Grammar, segmentKindsOf } from '@srvau/reasoning';

/**
 * Sees that the tags of a grammar come back from token ids as they went in, also where special tokens are not shown, as in
 * completions that are scored.
 *
 * @throws SrvauError UNPROCESSABLE naming the tag
 */
export function checkTags(tokenizer: Tokenizer, grammar: Grammar, tasks: readonly RolloutTask[], where: string): void {
  for (const kind of new Set(tasks.flatMap((task) => segmentKindsOf(grammar, task)))) {
    for (const tag of [`<${kind}>`, `</${kind}>`]) {
      const back = tokenizer.decode(tokenizer.encode(tag), { skipSpecialTokens: true });
      if (back === tag) continue;
      const expected = `a tokenizer that gives ${tag} back`;
      throw SrvauError.mismatch('UNPROCESSABLE', where, expected, JSON.stringify(back), { field: 'model' });
    }
  }
}
