import { escapeHtml, html } from './html';

describe('html', () => {
  it('escapes what is filled in, once', () => {
    const inner = html`<i>${'<&>'}</i>`;
    expect(html`<b title="${'"\''}">${inner}${[1, 'a<']}${null}</b>`.text).toBe(
      '<b title="&quot;&#39;"><i>&lt;&amp;&gt;</i>1a&lt;</b>',
    );
    expect(escapeHtml('a\u0000\ufffe\ud800\tb\n')).toBe('a\ufffd\ufffd\ufffd\tb\n');
  });
});
