import { readVerdict } from './verdict';

describe('readVerdict', () => {
  it.each(['Normal', 'normal', 'NORMAL', ' Normal.\n'])('%j is normal', (text) => {
    expect(readVerdict(text)).toBe('normal');
  });

  it.each([
    ...['Anomaly', 'ANOMALY.', 'anomalous', 'Abnormal'],
    // UCF-Crime
    ...[
      'Abuse',
      'Arrest',
      'Arson',
      'Assault',
      'Burglary',
      'Explosion',
      'Fighting',
      'RoadAccidents',
      'Robbery',
      'Shooting',
    ],
    ...['Shoplifting', 'Stealing', 'Vandalism'],
    // MSAD and ECVA
    ...['Fire', 'Object_falling', 'object falling', 'People-falling', 'Traffic_accident', 'Water_incident'],
    ...['Agriculture', 'Food Safety', 'Medical Abnormality', 'Natural  Hazard'],
  ])('%j is an anomaly', (text) => expect(readVerdict(text)).toBe('anomaly'));

  it.each([
    ...[
      '',
      'Normal or Anomaly',
      'Normal, Anomaly',
      'Not normal',
      'No anomaly',
      'anomalyanomaly',
      'nor mal',
      'B',
      'yes',
    ],
    ...['Normal..', 'constructor', '__proto__', `Normal${' '.repeat(100)}x`],
  ])('%j is neither', (text) => expect(readVerdict(text)).toBeUndefined());
});
