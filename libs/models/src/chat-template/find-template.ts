import { join } from 'node:path';
import { describe, isObject } from '@srvau/contracts';
import { readJson, readText, unusable } from '../checkpoint/read-file';

export interface TemplateSource {
  /** Path of the file, for errors. */
  where: string;
  text: string;
}

/**
 * The checkpoint's chat template: chat_template.jinja or chat_template.json, else the one in tokenizer_config.json.
 *
 * Where the first two are there and differ, transformers' tokenizer takes the one and its processor the other; that is
 * refused.
 * @throws SrvauError UNPROCESSABLE where there is none, or no single one
 */
export async function findTemplate(dir: string): Promise<TemplateSource> {
  const [jinja, json, config] = await Promise.all([
    readText(dir, 'chat_template.jinja'),
    readJson(dir, 'chat_template.json'),
    readJson(dir, 'tokenizer_config.json'),
  ]);
  const jinjaPath = join(dir, 'chat_template.jinja');
  const jsonPath = join(dir, 'chat_template.json');
  const processors = json === undefined ? undefined : templateIn(json['chat_template'], jsonPath);
  if (jinja !== undefined && processors !== undefined && chomp(jinja) !== chomp(processors)) {
    throw unusable(jinjaPath, `the template of ${jsonPath}, or only one of both files`, 'another template');
  }
  if (jinja !== undefined) return { where: jinjaPath, text: jinja };
  if (processors !== undefined) return { where: jsonPath, text: processors };
  const configPath = join(dir, 'tokenizer_config.json');
  return { where: configPath, text: templateIn(config?.['chat_template'], configPath) };
}

/** One template, or several with names, of which `default` is meant. */
function templateIn(value: unknown, where: string): string {
  const named: unknown = Array.isArray(value)
    ? value.find((entry: unknown) => isObject(entry) && entry['name'] === 'default')
    : undefined;
  const text = isObject(named) ? named['template'] : value;
  if (typeof text === 'string') return text;
  throw unusable(`${where}: chat_template`, 'a Jinja template', describe(value));
}

/** Jinja drops one newline at the end of a template. */
function chomp(text: string): string {
  return text.endsWith('\n') ? text.slice(0, -1) : text;
}
