import { renderReport } from './table';

describe('a report as text', () => {
  it('tells met, missed and not measured apart', () => {
    const text = renderReport({
      name: 'native',
      rows: [
        { name: 'generate', value: 11138.4, unit: 'tok/s', peer: 2300, ratio: 4.8427, target: '≥ 3', ok: true },
        { name: 'step', value: 42.04, unit: 'ms', peer: 40, ratio: 0.951, target: '≥ 2.5', ok: false },
        { name: 'memory', value: 1.5, unit: 'GiB', target: '≤ 0.5' },
        { name: 'part', value: 0.0512, unit: 'ms' },
      ],
      notes: ['two threads'],
    });
    expect(text.split('\n')).toEqual([
      'native',
      '                   ours        peer  ratio  limit  met',
      '  generate  11138 tok/s  2300 tok/s   4.84  ≥ 3    ✓',
      '  step          42.0 ms     40.0 ms   0.95  ≥ 2.5  ✗',
      '  memory       1.50 GiB           –      –  ≤ 0.5  not measured',
      '  part        0.0512 ms           –      –  –      –',
      '  · two threads',
      '',
    ]);
  });
});
