import { createHash } from 'node:crypto';
import { html, Markup } from './html';

export interface PageParts {
  title: string;
  /** Style sheet of the page. */
  style: string;
  body: Markup;
}

/**
 * One HTML page that holds everything it shows: no script, and nothing is fetched, which its own policy forbids too.
 * Whatever texts it was made of were escaped by `html`.
 */
export function standalonePage({ title, style, body }: PageParts): string {
  // In one piece: the digest is of every character between the tags.
  const sheet = new Markup(`<style>${style}</style>`);
  const digest = createHash('sha256').update(style).digest('base64');
  const policy = `default-src 'none'; img-src data:; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'`;
  const page = html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta http-equiv="Content-Security-Policy" content="${policy}" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="referrer" content="no-referrer" />
      <title>${title}</title>
      ${sheet}
    </head>
    <body>
      ${body}
    </body>
  </html>`;
  return `<!doctype html>\n${page.text}\n`;
}
