import { StopText } from './stop-text';

/** Text that is let through when `text` comes in pieces, one joined string a piece. */
function filter(stops: string[], ...pieces: string[]): { shown: string[]; stopped: boolean } {
  const stop = new StopText(stops);
  const shown = [...pieces.map((piece) => stop.push(piece)), stop.end()];
  return { shown, stopped: stop.stopped };
}

describe('StopText', () => {
  it('cuts at a stop text, also where it comes in pieces', () => {
    expect(filter(['END'], 'one END two')).toEqual({ shown: ['one ', ''], stopped: true });
    expect(filter(['END'], 'one E', 'N', 'D', ' two')).toEqual({ shown: ['one ', '', '', '', ''], stopped: true });
  });

  it('holds back what may become a stop text, and lets it through when it does not', () => {
    expect(filter(['END'], 'E', 'N', 'G', 'EN')).toEqual({ shown: ['', '', 'ENG', '', 'EN'], stopped: false });
    expect(filter(['aab'], 'a', 'a', 'a', 'b')).toEqual({ shown: ['', '', 'a', '', ''], stopped: true });
  });

  it('takes the first of several in the text, whatever their order in the list', () => {
    expect(filter(['later', '\n'], 'a\nlater').shown.join('')).toBe('a');
    expect(filter(['abc', 'b'], 'a', 'b', 'c')).toEqual({ shown: ['', 'a', '', ''], stopped: true });
  });

  it('lets everything through without stop texts', () => {
    expect(filter([], 'a', '', 'b')).toEqual({ shown: ['a', '', 'b', ''], stopped: false });
  });
});
