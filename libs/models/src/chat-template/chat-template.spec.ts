import { readFileSync } from 'node:fs';
import type { ChatMessage } from '@srvau/contracts';
import { Checkpoints, reference, refusal, VISION_TEMPLATE } from '../../test/checkpoint';
import { ChatTemplate } from './chat-template';

const checkpoints = new Checkpoints();
afterAll(() => checkpoints.dispose());
const noTokenizer = { 'tokenizer.json': null, 'tokenizer_config.json': null };
const template = (text: string): ChatTemplate => new ChatTemplate({ where: 'template', text });
const ask: ChatMessage[] = [{ role: 'user', content: 'Hi' }];
const generate = { addGenerationPrompt: true };

describe('ChatTemplate', () => {
  it('renders the text template of Qwen2.5 as transformers does', async () => {
    const loaded = await ChatTemplate.load(checkpoints.make(), {});
    expect(loaded.takesParts).toBe(false);
    for (const { messages, add_generation_prompt: addGenerationPrompt, text } of reference().text) {
      expect(loaded.render(messages, { addGenerationPrompt })).toBe(text);
    }
  });

  it('renders a template with images and videos as transformers does', async () => {
    const jinja = readFileSync(VISION_TEMPLATE, 'utf8');
    const loaded = await ChatTemplate.load(checkpoints.make({ 'chat_template.jinja': jinja }), {});
    expect(loaded.takesParts).toBe(true);
    for (const { messages, add_generation_prompt: addGenerationPrompt, text } of reference().vision) {
      expect(loaded.render(messages, { addGenerationPrompt })).toBe(text);
    }
  });

  it('renders `video_url` and `image_url` like `video` and `image`', () => {
    const vision = template(readFileSync(VISION_TEMPLATE, 'utf8'));
    const render = (content: ChatMessage['content']): string => vision.render([{ role: 'user', content }], generate);
    expect(
      render([
        { type: 'video_url', video_url: { url: 'file:///v' }, fps: 1 },
        { type: 'image_url', image_url: { url: 'file:///i' } },
      ]),
    ).toBe(
      render([
        { type: 'video', video: 'file:///v' },
        { type: 'image', image: 'file:///i' },
      ]),
    );
  });

  it('joins the text parts for a template of strings, and refuses media there', async () => {
    const strings = template("{% for m in messages %}{{ '[' + m.content + ']' }}{% endfor %}");
    const text = { type: 'text' as const, text: 'a' };
    expect(strings.render([{ role: 'user', content: [text, text] }], generate)).toBe('[aa]');
    const shown: ChatMessage[] = [...ask, { role: 'user', content: [text, { type: 'video', video: 'file:///v' }] }];
    const error = await refusal(() => strings.render(shown, generate));
    expect([error.code, error.details[0]?.field]).toEqual(['INVALID_REQUEST', 'messages[1].content[1]']);
  });

  it('passes on why a template refuses a conversation', async () => {
    const picky = template(
      "{% if messages|length > 1 %}{{ raise_exception('one turn only') }}{% endif %}{{ eos_token }}",
    );
    expect(picky.render(ask, generate)).toBe('');
    const error = await refusal(() => picky.render([...ask, ...ask], generate));
    expect([error.code, error.details[0]?.received]).toEqual(['INVALID_REQUEST', 'one turn only']);
  });

  it('refuses what is no template when it is loaded, not when it is used', async () => {
    for (const text of ['{% for %}', '{{ messages | unheard }}', "{{ raise_exception('never') }}"]) {
      expect((await refusal(() => template(text))).code).toBe('UNPROCESSABLE');
    }
  });

  it('does not wait for a template that comes to no end, when it is loaded or used', async () => {
    const loop = '{% for i in range(20000) %}{% for j in range(20000) %}{% endfor %}{% endfor %}';
    const load = (text: string): ChatTemplate => new ChatTemplate({ where: 'template', text }, {}, 200);
    const message = 'template: expected a chat template that renders within 200 ms, received one still at work then';
    expect(await refusal(() => load(loop))).toMatchObject({ code: 'UNPROCESSABLE', message });
    const onParts = `{% if messages[0].content is not string %}${loop}{% endif %}`;
    expect(await refusal(() => load(onParts))).toMatchObject({ code: 'UNPROCESSABLE', message });
    const later = load(`{% if messages|length > 1 %}${loop}{% endif %}`);
    expect(later.render(ask, generate)).toBe('');
    expect(await refusal(() => later.render([...ask, ...ask], generate))).toMatchObject({
      code: 'UNPROCESSABLE',
      message,
    });
    expect(later.render(ask, generate)).toBe('');
  });

  it('gives templates the special tokens by name', () => {
    const named = new ChatTemplate(
      { where: 'x', text: '{{ messages[0].content ~ eos_token }}' },
      { eos_token: '<|e|>' },
    );
    expect(named.render(ask, generate)).toBe('Hi<|e|>');
  });
});

describe('the template of a checkpoint', () => {
  const rendered = async (files: Record<string, string | object>): Promise<string> =>
    (await ChatTemplate.load(checkpoints.make({ ...noTokenizer, ...files }), {})).render(ask, generate);

  it('comes from its own file, before tokenizer_config.json', async () => {
    const config = { 'tokenizer_config.json': { chat_template: 'config' } };
    expect(await rendered(config)).toBe('config');
    expect(await rendered({ ...config, 'chat_template.json': { chat_template: 'json' } })).toBe('json');
    expect(await rendered({ ...config, 'chat_template.jinja': 'jinja\n' })).toBe('jinja');
    const list = [
      { name: 'tool_use', template: 'tools' },
      { name: 'default', template: 'one of two' },
    ];
    expect(await rendered({ 'tokenizer_config.json': { chat_template: list } })).toBe('one of two');
  });

  it('may be in both of its files if it is the same', async () => {
    const json = { 'chat_template.json': { chat_template: 'same' } };
    expect(await rendered({ ...json, 'chat_template.jinja': 'same\n' })).toBe('same');
    const error = await refusal(() => rendered({ ...json, 'chat_template.jinja': 'other' }));
    expect(error.message).toContain('chat_template.jinja: expected the template of');
  });

  it('is missed by name', async () => {
    for (const files of [{}, { 'tokenizer_config.json': {} }, { 'chat_template.json': { chat_template: 5 } }]) {
      expect((await refusal(() => rendered(files))).message).toContain('chat_template: expected a Jinja template');
    }
  });
});
