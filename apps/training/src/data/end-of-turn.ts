import { type ChatMessage, SrvauError } from '@srvau/contracts';
import type { ChatPrompter } from '@srvau/models';

const ASKED: ChatMessage = { role: 'user', content: 'a' };
const SAID = 'b';

/**
 * The token that ends a turn of the assistant, as the chat template writes it behind what was said: what a policy must learn
 * to write in order to stop.
 *
 * @throws SrvauError UNPROCESSABLE: the template writes the answer otherwise than behind the prompt, or ends it with a token
 *   that ends no completion of this checkpoint
 */
export async function endOfTurn(prompter: ChatPrompter, where: string): Promise<number> {
  const { tokenizer } = prompter;
  const before = [...(await idsOf(prompter, [ASKED], true)), ...tokenizer.encode(SAID)];
  const whole = await idsOf(prompter, [ASKED, { role: 'assistant', content: SAID }], false);
  const end = whole[before.length];
  const field = 'model';
  if (end === undefined || before.some((id, i) => whole[i] !== id)) {
    const expected = 'a chat template that writes an answer right behind its prompt, and then ends the turn';
    throw SrvauError.mismatch('UNPROCESSABLE', where, expected, JSON.stringify(tokenizer.decode(whole)), { field });
  }
  if (!tokenizer.eosIds.includes(end)) {
    const ends = tokenizer.eosIds.map((id) => tokenizer.tokenOf(id) ?? id).join(', ');
    const expected = `a chat template that ends turns with a token at which completions stop (${ends})`;
    const received = tokenizer.tokenOf(end) ?? String(end);
    throw SrvauError.mismatch('UNPROCESSABLE', where, expected, received, { field });
  }
  return end;
}

async function idsOf(
  prompter: ChatPrompter,
  messages: ChatMessage[],
  addGenerationPrompt: boolean,
): Promise<readonly number[]> {
  const prompt = await prompter.prepare(messages, { addGenerationPrompt });
  prompt.release();
  return prompt.ids;
}
